// Package httpprobe sends one HTTP/1 request for each probe and parses the response while it
// arrives. It does no I/O: a check becomes a [netprobe.Exchange], which runs on a goroutine, over
// TLS, or on the event loop.
package httpprobe
