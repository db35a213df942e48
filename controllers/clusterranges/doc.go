// Package clusterranges reads the ranges of the cluster itself, in which no outside host can be:
// of Services (from ServiceCIDRs), of Pods and of nodes (both from Nodes).
//
// # Implementation considerations
//
// These ranges only ever deny, so a failed read must not allow: known ranges stay in force while
// the API server does not answer, forbids the read or returns nothing. They are dropped only
// after a complete list without them.
//
// The kinds are cluster-scoped, so an operator of a few namespaces may not read them, and
// ServiceCIDRs are not served before Kubernetes 1.33. The manager's cache would wait for them
// forever, hence informers of our own.
//
// Nodes are many, large, and written every few minutes by their kubelets. The informer caches
// only their names and prefixes, and only a change of these is reported.
//
// A kubelet reports its node's addresses itself. The owner of a node can therefore have any
// outside host denied; --allowed-cidrs is the remedy.
package clusterranges
