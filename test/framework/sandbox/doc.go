// Package sandbox runs the calling program a second time, inside namespaces
// of its own for network, mounts and processes, and for users when it is not
// root.
//
// What a test does in there cannot touch the machine's network, and needs no
// clean-up: when the program ends, however it ends, the kernel ends every
// process it started and takes down every link, address and rule.
//
//	outside                              inside
//	Execute ──starts the same program──▶ Settle
//	   │ signals, standard streams          │ mounts, loopback
//	   ◀───────────exit code─────────────── the work
package sandbox
