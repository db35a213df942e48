// Package e2e is what tests of the whole product have: the operator as its manifests
// install it, a real control plane, a real kube-proxy that forwards real packets, and
// outside hosts that fail in the ways hosts fail.
//
// The tests are in the packages below it, by what they prove:
//
//	failover  a host that fails is out in time, and no request fails for long: the times
//	outage    many hosts fail, or the network does: who is kept, and what is told
//	quiet     nothing is written that need not be: at rest, over restarts and changes of leader
//	service   every kind of Service and of change to it, and what others do to our objects
//	names     what DNS says, and addresses that are nobody's to publish
//	access    rights, secrets, metrics, kubectl; every kind of check
//	iptables  kube-proxy in its other mode
//
// Those of failover measure and bound milliseconds: they run alone. The others wait for states,
// which come a little later on a busy machine: they run beside each other.
//
// All tests of a package share one cluster, which ends with the sandbox of the test
// program. Each has a namespace of its own and leaves the hosts as it found them.
package framework
