package resolve_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/resolve"
)

func withTTL(r resolve.Reply, ttl time.Duration) resolve.Reply {
	r.TTL = ttl
	return r
}

func TestWhenANameIsAskedAgain(t *testing.T) {
	dual := asking()
	dual.Families = bothOf
	tests := []struct {
		name        string
		replies     []resolve.Reply
		least, most time.Duration
	}{
		{"after the TTL, a little early", []resolve.Reply{withTTL(says(1), time.Minute)}, 54 * time.Second, time.Minute},
		{"not before minTTL, a little later", []resolve.Reply{withTTL(says(1), 0)}, 5 * time.Second, 5500 * time.Millisecond},
		{"at the latest after maxTTL", []resolve.Reply{withTTL(says(1), (1<<31-1)*time.Second)}, 54 * time.Minute, time.Hour},
		{"after the shorter of two TTLs", []resolve.Reply{withTTL(says(1), time.Hour), withTTL(says6(1), 10*time.Second)}, 9 * time.Second, 10 * time.Second},
		{"soon after one family failed", []resolve.Reply{withTTL(says(1), time.Hour), fails6(resolve.Timeout)}, 5 * time.Second, 5 * time.Second},
		{"by its TTL when it has no address of one family", []resolve.Reply{withTTL(says(1), time.Minute), fails6(resolve.NoData)}, 54 * time.Second, time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state := resolve.State{}.Next(dual, tt.replies, nil, tenOClock)
			if got := state.Due().Sub(tenOClock); got < tt.least || got > tt.most {
				t.Errorf("after %s, want %s to %s", got, tt.least, tt.most)
			}
		})
	}
}

// A name is followed again soon after its servers answer again.
func TestStateRetriesAFailingNameWithinItsLastTTL(t *testing.T) {
	tests := []struct {
		name           string
		minTTL, maxTTL time.Duration
		lastTTL        time.Duration // negative: the name has never been resolved
		want           []string
	}{
		{"never resolved", 5 * time.Second, time.Hour, -1, []string{"5s", "5s", "5s"}},
		{"a short TTL", 5 * time.Second, time.Hour, time.Second, []string{"5s", "5s", "5s"}},
		{"a TTL of 12 seconds", 5 * time.Second, time.Hour, 12 * time.Second, []string{"5s", "10s", "12s", "12s"}},
		{"a TTL of an hour", 5 * time.Second, time.Hour, time.Hour, []string{"5s", "10s", "20s", "30s", "30s"}},
		{"minTTL of 10 minutes", 10 * time.Minute, time.Hour, time.Hour, []string{"30s", "30s"}},
		{"maxTTL of 3 seconds", 0, 3 * time.Second, time.Hour, []string{"1s", "2s", "3s", "3s"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := asking()
			q.MinTTL, q.MaxTTL = tt.minTTL, tt.maxTTL
			n := newName(q)
			if tt.lastTTL >= 0 {
				n.each(withTTL(says(1), tt.lastTTL))
			}
			var waits []string
			for range tt.want {
				asked := n.now
				n.each(fails(resolve.Servfail))
				waits = append(waits, n.state.Due().Sub(asked).String())
			}
			if diff := cmp.Diff(tt.want, waits); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNamesAskedTogetherDriftApart(t *testing.T) {
	waits := map[time.Duration]int{}
	const names = 1000
	for i := range names {
		q := asking()
		q.Name = fmt.Sprintf("db%d.example.com", i)
		state := resolve.State{}.Next(q, []resolve.Reply{withTTL(says(1), 100*time.Second)}, nil, tenOClock)
		waits[state.Due().Sub(tenOClock).Truncate(time.Second)]++
	}
	for wait, count := range waits {
		if count > names/5 {
			t.Errorf("%d of %d names are asked again after %s", count, names, wait)
		}
	}
}
