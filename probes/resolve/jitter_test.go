package resolve_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/resolve"
)

// Names that were first asked together must drift apart, those of short TTLs before
// all: a thousand of them would be a burst at the name server every few seconds.
func TestNamesDriftApartWhateverTheirTTL(t *testing.T) {
	for _, ttl := range []time.Duration{0, time.Second, 5 * time.Second, 5100 * time.Millisecond, time.Minute, 2 * time.Hour} {
		t.Run(ttl.String(), func(t *testing.T) {
			waits := map[time.Duration]int{}
			for n := range 1000 {
				q := asking()
				q.Name = fmt.Sprintf("db-%d.example.com", n)
				state := resolve.State{}.Next(q, []resolve.Reply{withTTL(says(1), ttl)}, nil, tenOClock)
				wait := state.Due().Sub(tenOClock)
				if wait < q.MinTTL || wait > q.MaxTTL {
					t.Fatalf("asked again after %s, want %s to %s", wait, q.MinTTL, q.MaxTTL)
				}
				waits[wait.Truncate(10*time.Millisecond)]++
			}
			for wait, names := range waits {
				if names > 100 {
					t.Errorf("%d of 1000 names are asked again after %s", names, wait)
				}
			}
		})
	}
}
