package main

import (
	"fmt"
	"slices"
)

// spread is what several runs had for one figure.
type spread struct{ min, median, max float64 }

func (s spread) String() string { return fmt.Sprintf("%.1f/%.1f/%.1f", s.min, s.median, s.max) }

func spreadOf(samples []sample, figure func(sample) float64) spread {
	var values []float64
	for _, s := range samples {
		values = append(values, figure(s))
	}
	slices.Sort(values)
	if len(values) == 0 {
		return spread{}
	}
	return spread{values[0], values[len(values)/2], values[len(values)-1]}
}

// bound prints a figure beside the most that it may be and what is aimed at.
func (b *bench) bound(name string, got, most, aim float64) {
	said := "ok"
	if got > most || got != got {
		said = "MISSED"
		b.missed++
	}
	fmt.Printf("  %-58s %8.2f   bound %6.2f   aim %6.2f   %s\n", name, got, most, aim, said)
}

// note prints a figure that has no bound.
func (b *bench) note(name string, got float64) { fmt.Printf("  %-58s %8.2f\n", name, got) }
