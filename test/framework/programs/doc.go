// Package programs provides the real programs of a control plane.
//
// They are upstream's own code, built from Go modules into the user's cache
// directory, so that a machine needs nothing but Go and a `git clean` costs
// nothing. Each nested module below test/framework/programs is one file to build:
//
//	kube     etcd, kube-apiserver, kube-controller-manager, kube-proxy, kubectl
//	coredns  coredns
//
// To use existing etcd, kube-apiserver and kubectl, set their directory in
// KUBEBUILDER_ASSETS, as envtest's users do.
package programs
