package resolve

import (
	"slices"
	"strings"
	"time"
)

// Family is an IP family, named as Kubernetes names it.
type Family string

const (
	// IPv4: A records.
	IPv4 Family = "IPv4"
	// IPv6: AAAA records.
	IPv6 Family = "IPv6"
)

// families are all families, in the order in which they are looked up and shown.
var families = []Family{IPv4, IPv6}

// Question is a name and how it is to be kept up to date.
type Question struct {
	// Name is absolute, with or without the final dot. If its first two labels begin with an
	// underscore (_pg._tcp.example.com), its SRV records are looked up.
	Name string
	// Families to look up; empty: both.
	Families []Family
	// MaxAddresses is how many records the name may give, at least 1. An address on
	// two ports counts twice.
	MaxAddresses int
	// MinTTL and MaxTTL bound the time between two lookups, whatever TTL the answer
	// has. Less than a second counts as one second.
	MinTTL, MaxTTL time.Duration
	// Remembered are the records that a former leader had: they are the last good answer of a
	// name that is new to the [Resolver], and are ignored later on.
	Remembered []Record
}

// isService reports whether the question is for SRV records.
func (q Question) isService() bool {
	labels := strings.SplitN(q.Name, ".", 3)
	return len(labels) == 3 && strings.HasPrefix(labels[0], "_") && strings.HasPrefix(labels[1], "_")
}

func (q Question) asks(f Family) bool {
	return len(q.Families) == 0 || slices.Contains(q.Families, f)
}

// asked are the families to look up, in their fixed order.
func (q Question) asked() []Family {
	return slices.DeleteFunc(slices.Clone(families), func(f Family) bool { return !q.asks(f) })
}

// rounds are the families that are looked up together: those of an SRV name are, because both
// have the same targets.
func (q Question) rounds() [][]Family {
	if q.isService() {
		return [][]Family{q.asked()}
	}
	var rounds [][]Family
	for _, f := range q.asked() {
		rounds = append(rounds, []Family{f})
	}
	return rounds
}

func (q Question) most() int { return max(q.MaxAddresses, 1) }

// same reports whether both questions lead to the same lookups and records.
func (q Question) same(other Question) bool {
	return q.Name == other.Name && slices.Equal(q.asked(), other.asked()) && q.most() == other.most() &&
		q.MinTTL == other.MinTTL && q.MaxTTL == other.MaxTTL
}
