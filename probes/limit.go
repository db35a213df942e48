package probes

import (
	"errors"
	"io"
)

// errTooMuch ends an answer that goes beyond its bounds.
var errTooMuch = errors.New("answer too long")

// limitedReader reads at most left bytes and fails then, so that the end of the allowance
// is not mistaken for the end of the answer.
type limitedReader struct {
	io.Reader
	left int
}

// limitReader returns a reader of at most limit bytes, which fails then.
func limitReader(reader io.Reader, limit int) io.Reader { return &limitedReader{reader, limit} }

// Read implements [io.Reader].
func (l *limitedReader) Read(buffer []byte) (int, error) {
	if l.left == 0 {
		return 0, errTooMuch
	}
	n, err := l.Reader.Read(buffer[:min(len(buffer), l.left)])
	l.left -= n
	return n, err
}
