// Package cluster is a laboratory: a real Kubernetes control plane, a node
// with a real kube-proxy, and outside hosts that can be made to fail, all of
// it on one machine and without containers.
//
// A test package enters the sandbox once and then has clusters:
//
//	func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }
//
//	func TestTraffic(t *testing.T) {
//		c := cluster.Start(t, cluster.Options{})
//		...
//		c.Host("host-1").Kill()
//
// Where everything is:
//
//	programs      builds etcd, kube-apiserver and the others from Go modules
//	sandbox       namespaces that the kernel takes down with the program
//	network       a bridge and the machines on it
//	process       children that cannot outlive the program
//	controlplane  etcd, API server, controllers, kube-proxy, CoreDNS
//	host          outside hosts and their faults
//	load          clients, and what became of their requests
//	quota         takes CPU away from a process
//	audit         writes to the API server, by client
//	history       what EndpointSlices said and when
package cluster
