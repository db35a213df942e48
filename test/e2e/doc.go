// Package e2e has no code of its own. The tests of the whole product are in the packages
// below it, by what they prove; what they share is test/framework.
//
//	failover  a failed host loses its traffic in time, and no request fails for long: the times
//	outage    many hosts fail, or the network does: which are kept, and what is reported
//	quiet     nothing is written without a change: at rest, over restarts and leader changes
//	service   every type of Service and of change to it, and foreign changes to our objects
//	names     DNS answers, and addresses that must not be published
//	access    RBAC, secrets, metrics, kubectl; every kind of check
//	iptables  kube-proxy in its other mode
//
// Those of failover bound milliseconds: they run alone. The others wait for states, which come
// later on a busy machine: they run beside each other.
package e2e
