package schedule

import "time"

// Spread gives targets their phases: of the two places that a target's hash names, the
// one where fewer are. By one place alone some hundredth of an interval has a quarter
// more than the mean of 10,000 targets; of two the fuller is avoided, and it has a few
// of them more. The zero Spread has none.
type Spread struct{ taken [bins]int32 }

const (
	// parts are what phases count: so many are an interval.
	parts    = 1 << partBits
	partBits = 20
	// bins of a second are half of the narrowest slots: those of shorter intervals, and
	// where slots begin elsewhere, are even too.
	bins = int(2 * time.Second / narrowest)
)

// Take returns the phase of one target more, for [Cadence].
func (s *Spread) Take(hash uint64) (phase uint64) {
	phase = hash % parts
	if other := hash >> partBits % parts; s.taken[bin(other)] < s.taken[bin(phase)] {
		phase = other
	}
	s.taken[bin(phase)]++
	return phase
}

// Leave gives a phase back that was taken.
func (s *Spread) Leave(phase uint64) { s.taken[bin(phase)]-- }

func bin(phase uint64) uint64 { return phase * uint64(bins) / parts }
