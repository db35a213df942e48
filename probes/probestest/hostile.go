package probestest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"sync"
	"time"
)

// Pouring says the text, and then the piece over and over until the connection is closed. It is what a handler does with a connection, for servers of any kind.
func Pouring(text, piece string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := io.WriteString(conn, text); err == nil {
			pour(conn, []byte(piece))
		}
	}
}

// Dripping says the text, a byte a second, until the connection is closed.
func Dripping(text string) func(net.Conn) {
	return func(conn net.Conn) {
		for i := range len(text) {
			if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
				return
			}
			_ = conn.SetReadDeadline(time.Now().Add(time.Second))
			if _, err := io.Copy(io.Discard, conn); err == nil {
				return // the other side has hung up
			}
		}
	}
}

// GzipBomb is some 64 KiB that become 64 MiB when they are unpacked, and begin with "ok"
// then. Several of them are one: members of a gzip file may follow each other.
var GzipBomb = sync.OnceValue(func() string {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	zeros := make([]byte, 1<<20)
	// Writing to a bytes.Buffer does not fail.
	_, _ = io.WriteString(writer, "ok")
	for range 64 {
		_, _ = writer.Write(zeros)
	}
	_ = writer.Close()
	return packed.String()
})
