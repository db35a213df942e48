// Package load sends requests as a fleet of clients would, and keeps what
// became of each.
//
// The client is open loop: request n starts at n/rate whatever happened to
// the others, on a fresh connection, so that a slow host cannot lower the
// number of requests that would have met it. It runs as a role of the test's
// own program, on the node, where kube-proxy's rules are (Send); the test
// holds the other end (Load).
package load
