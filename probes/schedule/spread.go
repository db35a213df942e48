package schedule

import "time"

// Spread assigns start offsets (phases) by power-of-two-choices: a target's hash names two bins, and
// the emptier one is taken. With one choice, some hundredth of an interval has a quarter more starts
// than the mean of 10,000 targets; with two choices it has a few more. The zero Spread is empty.
type Spread struct{ taken [bins]int32 }

const (
	// parts is the resolution of start offsets: so many are an interval.
	parts    = 1 << partBits
	partBits = 20
	// bins of a second are half of the narrowest slots: those of shorter intervals, and
	// where slots begin elsewhere, are even too.
	bins = int(2 * time.Second / narrowest)
)

// Take assigns the start offset of a new target, for [Cadence].
func (s *Spread) Take(hash uint64) (phase uint64) {
	phase = hash % parts
	if other := hash >> partBits % parts; s.taken[bin(other)] < s.taken[bin(phase)] {
		phase = other
	}
	s.taken[bin(phase)]++
	return phase
}

// Leave releases a start offset.
func (s *Spread) Leave(phase uint64) { s.taken[bin(phase)]-- }

func bin(phase uint64) uint64 { return phase * uint64(bins) / parts }
