package netprobe

import (
	"bytes"

	"github.com/external-endpoints/operator/probes"
)

// Search searches the first [probes.MaxResponse] bytes of a response that arrives in pieces.
type Search struct {
	// Want are the bytes to find.
	Want []byte
	// Seen is the response so far.
	Seen []byte
}

// Add appends the next piece and searches it. If full is true, the limit is reached: later
// pieces are not searched.
func (s *Search) Add(piece []byte) (found, full bool) {
	// Want may begin in an earlier piece.
	from := max(0, len(s.Seen)-len(s.Want)+1)
	piece = piece[:min(len(piece), probes.MaxResponse-len(s.Seen))]
	s.Seen = append(s.Seen, piece...)
	return bytes.Contains(s.Seen[from:], s.Want), len(s.Seen) == probes.MaxResponse
}
