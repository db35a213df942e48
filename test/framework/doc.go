// Package framework has the World of tests of the whole product: the operator as its manifests
// install it, a real control plane, a real kube-proxy that forwards real packets, and outside
// hosts that fail in the ways hosts fail. README.md says which package to use when.
//
// All tests of a package share one cluster, an Environment, which ends with the sandbox of the
// test program. Each test has a namespace of its own and leaves the hosts as it found them.
package framework
