// Package controlplane runs the real parts of a Kubernetes control plane,
// with the flags that make them behave as in a cluster and start in seconds:
//
//	etcd ◀── kube-apiserver ◀── kube-controller-manager, kube-proxy, CoreDNS
//
// Access control is as in a cluster too: RBAC, service account tokens, and a
// client certificate for each part. So a right that the operator lacks there
// it lacks here.
package controlplane
