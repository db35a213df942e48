package addresspolicy

import "strings"

// DefaultClusterDomain is the domain of a cluster unless it was set up with another.
const DefaultClusterDomain = "cluster.local"

// Names decides about DNS names: those of the cluster itself and of the machine must not
// be looked up, whether a spec names them or an outside zone leads to them. Their
// addresses are those of Pods, which the ranges of a [Policy] need not cover, and
// traffic to them would bypass the NetworkPolicies of their namespaces.
type Names struct{ suffixes []string }

// NewNames returns the policy for a cluster of this domain. Names in the default one are
// denied in every cluster, as the API does.
func NewNames(clusterDomain string) Names {
	suffixes := []string{"svc", DefaultClusterDomain, "localhost"}
	if domain := canonical(clusterDomain); domain != "" {
		suffixes = append(suffixes, domain)
	}
	return Names{suffixes: suffixes}
}

// Denied reports whether the name, with or without the final dot, must not be looked up.
func (n Names) Denied(name string) bool {
	name = canonical(name)
	for _, suffix := range n.suffixes {
		if name == suffix || strings.HasSuffix(name, "."+suffix) {
			return true
		}
	}
	return false
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
