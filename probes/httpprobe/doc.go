// Package httpprobe sends one HTTP/1 request a probe and judges the response while it is
// being read. It does no I/O itself: requests and responses form a [netprobe.Exchange], which
// runs in a goroutine, inside TLS, or on the event loop.
package httpprobe
