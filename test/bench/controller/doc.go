// Command controller measures what it takes from a verdict to the cluster: the
// operator's own program on a real API server, beside what that API server takes of a
// client that does nothing but write, in the same run.
//
//	farm ◀── probes ── bin/external-endpoints ── writes ──▶ kube-apiserver ──▶ etcd
//	  │                      │                                 │    │
//	  │                      └── its CPU time, its memory      │  audit: writes by client
//	  └── when the deciding answer was sent                  watch: when it is published
//
// The operator reports nothing itself: the farm knows when it gave the answer that
// decides, the watch when the slice says so, the audit log how many writes it took.
// Where times are compared, all of it shares the machine's cores.
package main
