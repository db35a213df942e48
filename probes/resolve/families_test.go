package resolve_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/resolve"
)

// familyFailures are how appliances and old servers answer AAAA questions about names
// that have A records alone.
var familyFailures = map[string]struct {
	set   func(*scripted)
	fails bool // it is no way to say that there is nothing
}{
	"NXDOMAIN": {func(s *scripted) { s.set(db, resolve.AAAA, failed(resolve.NXDomain)) }, false},
	"SERVFAIL": {func(s *scripted) { s.set(db, resolve.AAAA, failed(resolve.Servfail)) }, true},
	"REFUSED":  {func(s *scripted) { s.set(db, resolve.AAAA, failed(resolve.Refused)) }, true},
	"silence":  {func(s *scripted) { s.hang(db, resolve.AAAA) }, true},
	"NODATA":   {func(s *scripted) { s.set(db, resolve.AAAA, failed(resolve.NoData)) }, false},
}

func TestResolverKeepsAFamilyApartFromOneThatFailsForever(t *testing.T) {
	for name, tt := range familyFailures {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				dual := asking()
				dual.Families, dual.MinTTL, dual.MaxTTL = bothOf, time.Second, 5*time.Second
				answer := found(1)
				answer.TTL = 2 * time.Second
				r.dns.setSlow(db, resolve.A, answer, 50*time.Millisecond)
				tt.set(r.dns)
				r.Apply("orders", one(dual))
				pass(100 * time.Millisecond)
				if got := r.Answers("orders")[db]; got.Pending || len(got.Records) != 1 {
					t.Fatalf("after the A answer: %+v", got)
				}
				pass(time.Minute)
				got := r.Answers("orders")[db]
				want := resolve.Answer{Records: []resolve.TrackedRecord{{Record: resolve.Record{Address: ip(1)}}}, Settled: bothOf}
				if tt.fails {
					want.Stale, want.Reason, want.StaleSince = true, probes.NameTimeout, got.StaleSince
					want.Settled, want.Failing = bothOf[:1], bothOf[1:]
				}
				if diff := cmp.Diff(want, got, compareFound); diff != "" {
					t.Errorf("after a minute (-want +got):\n%s", diff)
				}
				pass(time.Minute)
				began := time.Now()
				pass(10 * time.Minute)
				if asked := r.dns.times(db, resolve.AAAA, began); len(asked) > 20 || len(asked) < 10 {
					t.Errorf("%d AAAA questions in ten minutes, want two a minute at most", len(asked))
				}
				if asked := r.dns.times(db, resolve.A, began); len(asked) < 200 {
					t.Errorf("%d A questions in ten minutes with a TTL of 2s", len(asked))
				}
			})
		})
	}
}

// The servers' first word of a name is not that it has no IPv6 addresses.
func TestResolverWaitsForTheFamilyThatMayHaveAddresses(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		dual := asking()
		dual.Families = bothOf
		r.dns.setSlow(db, resolve.A, found(1), time.Second)
		r.dns.set(db, resolve.AAAA, failed(resolve.NoData))
		r.Apply("orders", one(dual))
		pass(500 * time.Millisecond)
		if got := r.Answers("orders")[db]; !got.Pending || got.Stale {
			t.Errorf("while the A question is in flight: %+v", got)
		}
		pass(time.Second)
		if got := r.Answers("orders")[db]; got.Pending || got.Stale || len(got.Records) != 1 {
			t.Errorf("after its answer: %+v", got)
		}
	})
}

// A name without IPv6 addresses must not be asked for them more often than for others.
func TestStateAsksForAFamilyThatTheNameDoesNotHaveByTheTTLOfTheOther(t *testing.T) {
	dual := asking()
	dual.Families = bothOf
	n := newName(dual)
	for range 5 {
		n.hear([]resolve.Reply{withTTL(says(1), 10*time.Minute), fails6(resolve.NoData)})
	}
	asked := n.now.Add(-time.Minute)
	if got := n.state.Due().Sub(asked); got < 9*time.Minute {
		t.Errorf("asked again after %s, with a TTL of 10m", got)
	}
}
