package netprobe

import (
	"errors"
	"io"
	"net"
)

// errTooLong is returned by a read beyond the limit of a response.
var errTooLong = errors.New("answer too long")

// limitedReader returns errTooLong after left bytes. [io.LimitReader] returns [io.EOF] instead,
// which the parser cannot distinguish from the end of the response.
type limitedReader struct {
	io.Reader
	left int
}

// LimitReader returns a reader that fails after limit bytes.
func LimitReader(reader io.Reader, limit int) io.Reader { return &limitedReader{reader, limit} }

// Read implements [io.Reader].
func (l *limitedReader) Read(buffer []byte) (int, error) {
	if l.left == 0 {
		return 0, errTooLong
	}
	n, err := l.Reader.Read(buffer[:min(len(buffer), l.left)])
	l.left -= n
	return n, err
}

// maxHandshake bounds the bytes of a handshake. Package tls buffers up to 256 KiB of an unfinished
// certificate chain, too much for 1,000 probes in flight. Common chains have 2 to 6 KiB, and
// a list of all accepted authorities has some 20 KiB.
const maxHandshake = 64 << 10

// handshakeConn returns errTooLong after left bytes.
type handshakeConn struct {
	net.Conn

	left int
}

// Read implements [net.Conn].
func (c *handshakeConn) Read(buffer []byte) (int, error) {
	if c.left == 0 {
		return 0, errTooLong
	}
	n, err := c.Conn.Read(buffer[:min(len(buffer), c.left)])
	c.left -= n
	return n, err
}
