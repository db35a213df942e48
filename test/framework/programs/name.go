package programs

// Name is a program's file name.
type Name string

// The programs, by their upstream names.
const (
	Etcd              Name = "etcd"
	APIServer         Name = "kube-apiserver"
	ControllerManager Name = "kube-controller-manager"
	Proxy             Name = "kube-proxy"
	Kubectl           Name = "kubectl"
	CoreDNS           Name = "coredns"
	Helm              Name = "helm"
)

// ControlPlane is what a cluster needs, CoreDNS and Helm being extras.
var ControlPlane = []Name{Etcd, APIServer, ControllerManager, Proxy, Kubectl}

// Paths says where the programs are.
type Paths map[Name]string
