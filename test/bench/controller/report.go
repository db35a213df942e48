package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// bound prints a figure beside the most that it may be and what is aimed at.
func (b *bench) bound(name string, got, most, aim float64) {
	said := "ok"
	if got > most || got != got {
		said = "MISSED"
		b.missed++
	}
	fmt.Printf("  %-62s %9.2f   bound %7.2f   aim %7.2f   %s\n", name, got, most, aim, said)
}

// note prints a figure that has no bound.
func note(name string, got float64) { fmt.Printf("  %-62s %9.2f\n", name, got) }

// quantile of unsorted times, in milliseconds.
func quantile(of []time.Duration, part float64) float64 {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return float64(sorted[min(int(part*float64(len(sorted))), len(sorted)-1)].Microseconds()) / 1000
}

// listed are counts in a line.
func listed(counts map[string]int) string {
	var all []string
	for what, n := range counts {
		all = append(all, fmt.Sprintf("%s %d", what, n))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
