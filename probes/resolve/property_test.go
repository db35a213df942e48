package resolve_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes/resolve"
)

// drawReply draws what one family is told, of up to 12 addresses.
func drawReply(t *rapid.T, family resolve.Family) resolve.Reply {
	if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
		return resolve.Reply{Family: family, Result: rapid.SampledFrom(notGood).Draw(t, "result")}
	}
	numbers := rapid.SliceOfNDistinct(rapid.IntRange(0, 11), 1, 12, rapid.ID[int]).Draw(t, "numbers")
	r := says(numbers...)
	if family == resolve.IPv6 {
		r = says6(numbers...)
	}
	r.TTL = time.Duration(rapid.IntRange(0, 100).Draw(t, "ttl")) * time.Second
	r.Partial = rapid.IntRange(0, 5).Draw(t, "partial") == 0
	return r
}

func has(records []resolve.Record, k resolve.TrackedRecord) bool {
	return slices.ContainsFunc(records, func(r resolve.Record) bool { return r.Address == k.Address && r.Port == k.Port })
}

func holds(a resolve.Answer, k resolve.TrackedRecord) bool {
	return slices.ContainsFunc(a.Records, func(other resolve.TrackedRecord) bool { return other.Address == k.Address })
}

func isV4(k resolve.TrackedRecord) bool { return k.Address.Is4() }

// checkStep holds one round to what must be true of any.
func checkStep(t *rapid.T, q resolve.Question, before, after resolve.Answer, replies []resolve.Reply) {
	used := 0
	for _, k := range after.Records {
		if !k.Denied && !k.Displaced {
			used++
		}
		if k.Gone && !k.Absent {
			t.Fatalf("%s is gone and not absent", k.Address)
		}
	}
	if used > q.MaxAddresses || len(after.Records) > 3*q.MaxAddresses {
		t.Fatalf("%d records, %d of them have room, at most %d may", len(after.Records), used, q.MaxAddresses)
	}
	if !slices.IsSortedFunc(after.Records, func(a, b resolve.TrackedRecord) int { return a.Compare(b.Record) }) {
		t.Fatalf("not sorted: %v", after.Records)
	}
	for _, r := range replies {
		for _, k := range before.Records {
			if isV4(k) != (r.Family == resolve.IPv4) || k.Denied {
				continue
			}
			kept := holds(after, k)
			switch {
			case r.Result == resolve.Good && has(r.Records, k) && !k.Displaced && !kept:
				t.Fatalf("%s is present and was dropped", k.Address)
			case !k.Displaced && !kept:
				t.Fatalf("%s was dropped: that is the caller's to do", k.Address)
			}
		}
		for _, k := range after.Records {
			if isV4(k) != (r.Family == resolve.IPv4) {
				continue
			}
			if r.Result != resolve.Good && !holds(before, k) {
				t.Fatalf("a failing answer brought %s", k.Address)
			}
			if r.Result == resolve.Good && has(r.Records, k) && k.Absent {
				t.Fatalf("%s is present and said to be absent", k.Address)
			}
			if (r.Result == resolve.Good) != k.StaleSince.IsZero() {
				t.Fatalf("%s after %s is stale since %s", k.Address, r.Result, k.StaleSince)
			}
		}
	}
}

// drawPolicy denies one address in each family or none, the same through the run.
func drawPolicy(t *rapid.T) func(netip.Addr) error {
	number := rapid.IntRange(-3, 11).Draw(t, "denied")
	return func(address netip.Addr) error {
		if number >= 0 && (address == ip(number) || address == ip6(number)) {
			return errors.New("denied")
		}
		return nil
	}
}

func TestNothingIsLostOnTheWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := asking()
		q.Families = bothOf
		q.MaxAddresses = rapid.IntRange(1, 14).Draw(t, "most")
		policy, now, state := drawPolicy(t), tenOClock, resolve.State{}
		for range rapid.IntRange(1, 30).Draw(t, "rounds") {
			replies := []resolve.Reply{drawReply(t, resolve.IPv4), drawReply(t, resolve.IPv6)}
			if rapid.Bool().Draw(t, "again") {
				replies[0] = says(1, 2) // to get to what is gone
			}
			before := state.Answer(policy)
			next := state.Next(q, replies, policy, now)
			checkStep(t, q, before, next.Answer(policy), replies)
			if again := state.Answer(policy); !slices.Equal(before.Records, again.Records) {
				t.Fatalf("the state before has changed: %v, then %v", before.Records, again.Records)
			}
			if wait := next.Due().Sub(now); wait < q.MinTTL || wait > q.MaxTTL {
				t.Fatalf("to be asked again after %s", wait)
			}
			state, now = next, next.Due()
		}
	})
}

// Whatever part of its addresses a name hands out in turn, through a cache or not:
// none is gone, and once all room is taken nothing moves.
func TestARotationTakesNothingAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.IntRange(2, 100).Draw(t, "addresses")
		atOnce := rapid.IntRange(1, all-1).Draw(t, "at once")
		ttl := time.Duration(rapid.IntRange(0, 4000).Draw(t, "ttl")) * time.Second
		cache := rapid.Bool().Draw(t, "cache")
		q := asking()
		q.MaxAddresses = rapid.IntRange(1, 100).Draw(t, "most")
		q.MaxTTL = time.Duration(rapid.IntRange(5, 4000).Draw(t, "maxTTL")) * time.Second

		now, state, filledUntil := tenOClock, resolve.State{}, tenOClock
		var reply resolve.Reply
		first, rounds := 0, 3*all
		var settled []string
		for round := range rounds {
			if left := filledUntil.Sub(now); round == 0 || !cache || left <= 0 {
				var numbers []int
				for i := range atOnce {
					numbers = append(numbers, (first+i)%all)
				}
				first = (first + atOnce) % all
				reply, filledUntil = says(numbers...), now.Add(ttl)
				reply.TTL = ttl
			} else {
				reply.TTL = left.Truncate(time.Second)
			}
			state = state.Next(q, []resolve.Reply{reply}, nil, now)
			answer := state.Answer(nil)
			for _, k := range answer.Records {
				if k.Gone {
					t.Fatalf("round %d: %s is gone", round, k.Address)
				}
			}
			if len(answer.Records) == min(all, q.MaxAddresses) && settled == nil {
				settled = addressesOf(answer)
			}
			if settled != nil && !slices.Equal(settled, addressesOf(answer)) {
				t.Fatalf("round %d: the records have moved", round)
			}
			now = state.Due()
		}
		if !cache && settled == nil {
			t.Fatalf("after %d rounds only %d of %d records", rounds, len(state.Answer(nil).Records), all)
		}
	})
}

func addressesOf(a resolve.Answer) []string {
	texts := make([]string, 0, len(a.Records))
	for _, k := range a.Records {
		texts = append(texts, k.Address.String())
	}
	return texts
}
