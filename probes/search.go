package probes

import "bytes"

// maxReply is how much of a host's answer is looked at: enough for any health page
// or banner, and what a thousand hosts that send without end can make us hold is 8 MB.
const maxReply = 8 << 10

// search looks for bytes in the first maxReply bytes of what comes in pieces.
type search struct {
	want []byte
	seen []byte
}

// add takes the next piece. full says that nothing further will be looked at.
func (s *search) add(piece []byte) (found, full bool) {
	// What is wanted may have begun in what came before.
	from := max(0, len(s.seen)-len(s.want)+1)
	piece = piece[:min(len(piece), maxReply-len(s.seen))]
	s.seen = append(s.seen, piece...)
	return bytes.Contains(s.seen[from:], s.want), len(s.seen) == maxReply
}
