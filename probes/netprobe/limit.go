package netprobe

import (
	"errors"
	"io"
	"net"
)

// errTooMuch ends an answer that goes beyond its bounds.
var errTooMuch = errors.New("answer too long")

// limitedReader reads at most left bytes and fails then, so that the end of the allowance
// is not mistaken for the end of the answer.
type limitedReader struct {
	io.Reader
	left int
}

// LimitReader returns a reader of at most limit bytes, which fails then.
func LimitReader(reader io.Reader, limit int) io.Reader { return &limitedReader{reader, limit} }

// Read implements [io.Reader].
func (l *limitedReader) Read(buffer []byte) (int, error) {
	if l.left == 0 {
		return 0, errTooMuch
	}
	n, err := l.Reader.Read(buffer[:min(len(buffer), l.left)])
	l.left -= n
	return n, err
}

// maxHandshake is how much of a host's handshake is read. Package tls by itself keeps 256 KiB
// of a chain of certificates whose end does not come; common chains have 2 to 6 KiB, and a
// list of all authorities that a host accepts has some 20 KiB.
const maxHandshake = 64 << 10

// handshakeConn reads at most left bytes and fails then.
type handshakeConn struct {
	net.Conn

	left int
}

// Read implements [net.Conn].
func (c *handshakeConn) Read(buffer []byte) (int, error) {
	if c.left == 0 {
		return 0, errTooMuch
	}
	n, err := c.Conn.Read(buffer[:min(len(buffer), c.left)])
	c.left -= n
	return n, err
}
