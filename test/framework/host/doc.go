// Package host is an outside host: a server process with addresses of its
// own, and the faults that befall such machines.
//
// The server runs as a role of the test's own program (Serve). The test holds
// the other end (Host), and orders its faults over the server's standard
// input, one JSON line each, answered by one when the fault is in force.
package host
