// Package httpheader holds the header values and limits that HTTP/1 and gRPC probes share. It is
// pure: no I/O, no clock.
package httpheader
