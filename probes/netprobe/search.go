package netprobe

import (
	"bytes"

	"github.com/external-endpoints/operator/probes"
)

// Search looks for bytes in the first maxReply bytes of what comes in pieces.
type Search struct {
	Want []byte
	Seen []byte
}

// Add takes the next piece. full says that nothing further will be looked at.
func (s *Search) Add(piece []byte) (found, full bool) {
	// What is wanted may have begun in what came before.
	from := max(0, len(s.Seen)-len(s.Want)+1)
	piece = piece[:min(len(piece), probes.MaxResponse-len(s.Seen))]
	s.Seen = append(s.Seen, piece...)
	return bytes.Contains(s.Seen[from:], s.Want), len(s.Seen) == probes.MaxResponse
}
