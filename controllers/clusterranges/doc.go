// Package clusterranges knows the ranges of the cluster itself, in which no
// outside host can be: of Services (from ServiceCIDRs), of Pods and of nodes (both
// from Nodes).
//
// # Implementation considerations
//
// What is read here only ever denies, so that not knowing must not allow: what was
// known stays known while the API server does not answer, forbids or has nothing
// to say, and is given up only after a full answer that says otherwise.
//
// These are cluster-scoped kinds, which an operator of a few namespaces may not
// read, and ServiceCIDRs are not served before Kubernetes 1.33. The manager's cache
// would wait for them for ever, hence informers of our own.
//
// Nodes are many, big, and written every few minutes by their kubelets. Of each
// only its name and its prefixes are kept, and only a change of these is told.
//
// A kubelet says itself at which addresses its node is. Whoever owns a node can
// therefore have any outside host denied; --allowed-cidrs is the remedy.
package clusterranges
