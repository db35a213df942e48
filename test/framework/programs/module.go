package programs

// kubernetesVersion is what the programs say they are; it must be the version
// that kube/go.mod requires, which a test compares. Unstamped they would be
// v0.0.0-master, and kubectl and Helm refuse to talk to that.
const kubernetesVersion = "v1.36.3"

// module is a nested Go module that builds one file, which is then called by
// several names.
type module struct {
	folder  string // below test/framework/programs
	takes   string // about how long a first build takes on two cores
	ldflags string
	names   []Name
}

var modules = []module{
	{
		folder: "kube",
		takes:  "6 minutes",
		ldflags: "-s -w" +
			" -X k8s.io/component-base/version.gitVersion=" + kubernetesVersion +
			" -X k8s.io/component-base/version.gitMajor=1" +
			" -X k8s.io/component-base/version.gitMinor=36",
		names: ControlPlane,
	},
	{
		folder:  "coredns",
		takes:   "2 minutes",
		ldflags: "-s -w",
		names:   []Name{CoreDNS},
	},
	{
		folder:  "helm",
		takes:   "4 minutes",
		ldflags: "-s -w",
		names:   []Name{Helm},
	},
}

// moduleOf finds the module that builds a program.
func moduleOf(name Name) (module, bool) {
	for _, m := range modules {
		for _, n := range m.names {
			if n == name {
				return m, true
			}
		}
	}
	return module{}, false
}
