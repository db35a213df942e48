// Package httpheader holds the header values and limits that HTTP and gRPC probes share. It is
// pure: no I/O, no clock.
package httpheader
