package externalservice

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/resolve"
)

var (
	toldNames = regexp.MustCompile(`:5432`)
	toldMore  = regexp.MustCompile(`and (\d+) more$`)
)

// toldOf is how many hosts an event is about.
func toldOf(t *testing.T, event string) int {
	t.Helper()
	count := len(toldNames.FindAllString(event, -1))
	if more := toldMore.FindStringSubmatch(event); more != nil {
		n, err := strconv.Atoi(more[1])
		if err != nil {
			t.Fatal(err)
		}
		count += n
	}
	return count
}

// TestAStormOfAThousandHostsMakesFewEvents has 1,000 of 1,001 hosts die one after
// another within five seconds, and be found dead in forty reconciles.
func TestAStormOfAThousandHostsMakesFewEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many, atATime = 1000, 25
		member := func(n int) engine.MemberID {
			return engine.MemberID{Address: netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}), Port: "pg"}
		}
		var listed []v1alpha1.Host
		healthy := hosts.Verdicts{}
		for n := range many + 1 {
			listed = append(listed, v1alpha1.Host{Address: member(n).Address.String(), State: v1alpha1.HostActive})
			healthy[member(n)] = up(0)
		}
		c := newCluster(t, object(withHosts(listed...)))
		c.judged(healthy)
		if got := received(c.recorder); len(got) != 1 || toldOf(t, got[0]) != many+1 {
			t.Errorf("that all hosts are healthy is told by %q", got)
		}
		began := time.Now()

		var events []string
		told, again := 0, time.Duration(0)
		look := func() {
			result, err := c.reconcile()
			if err != nil {
				t.Fatal(err)
			}
			events, again = append(events, received(c.recorder)...), result.RequeueAfter
		}
		for n := range many {
			dead := down(50)
			c.engine.verdicts[engine.Key(orders)][member(n)] = dead
			if (n+1)%atATime == 0 {
				look()
				<-time.After(5 * time.Second * atATime / many)
			}
		}
		for again > 0 {
			<-time.After(again)
			look()
		}
		for _, event := range events {
			if strings.Contains(event, status.EventHostUnhealthy) {
				told += toldOf(t, event)
			}
		}
		if told != many || len(events) > 8 {
			t.Errorf("%d events tell of %d hosts, want at most 8 that tell of %d:\n%s", len(events), told, many, strings.Join(events, "\n"))
		}
		if took := time.Since(began); took > 3*status.RateWindow {
			t.Errorf("the last was told after %s", took)
		}
	})
}

func TestWhatChangesAndChangesBackWhileEventsAreHeldIsNotTold(t *testing.T) {
	m, shown := newMemory(), lines(v1alpha1.EndpointHealthy, v1alpha1.EndpointHealthy)
	tell := func(n int, v hosts.Verdicts) (told []string, hold time.Duration) {
		changed, hold := m.NextTransitions(v, shown, at(n))
		for _, change := range changed {
			told = append(told, fmt.Sprint(change.Endpoint.Address, " ", change.To))
		}
		return told, hold
	}
	state := func(first, second health.Verdict) hosts.Verdicts { return hosts.Verdicts{id(1): first, id(2): second} }

	for n := range status.MaxEvents { // up, down, up, down, up
		v := state(up(n), up(n))
		if n%2 == 1 {
			v = state(down(n), up(n))
		}
		if told, hold := tell(n, v); len(told) == 0 || hold > 0 {
			t.Fatalf("telling %d is held for %s", n, hold)
		}
	}
	for n, c := range []struct {
		v    hosts.Verdicts
		want time.Duration
	}{{state(down(5), up(5)), 5 * time.Second}, {state(down(5), down(6)), 4 * time.Second}, {state(up(7), down(6)), 3 * time.Second}} {
		if told, hold := tell(status.MaxEvents+n, c.v); told != nil || hold != c.want {
			t.Errorf("told %q and held for %s, want nothing for %s", told, hold, c.want)
		}
	}
	told, hold := tell(10, state(up(7), down(6)))
	if diff := cmp.Diff([]string{"203.0.113.2 Unhealthy"}, told); diff != "" || hold > 0 {
		t.Errorf("held for %s, told (-want +got):\n%s", hold, diff)
	}
	if told, hold := tell(11, state(up(7), down(6))); told != nil || hold > 0 {
		t.Errorf("with nothing new: held for %s, told %q", hold, told)
	}
}

// TestAResolverThatComesAndGoesMakesFewEvents has fifty names fail one after another
// within five seconds, and be resolved again likewise, and so once more.
func TestAResolverThatComesAndGoesMakesFewEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many, rounds = 50, 4
		name := func(n int) string { return fmt.Sprintf("db-%d.example.com", n) }
		var hosts []v1alpha1.Host
		for n := range many {
			hosts = append(hosts, named(name(n))...)
		}
		c := newCluster(t, object(withHosts(hosts...)))
		var events []string
		look := func() time.Duration {
			result, err := c.reconcile()
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, received(c.recorder)...)
			return result.RequeueAfter
		}
		look()
		for n := range many {
			c.names.hear(name(n), time.Now(), says(n+1))
		}
		look()
		events = nil

		for round := range rounds {
			for n := range many {
				reply := fails(resolve.Timeout)
				if round%2 == 1 {
					reply = says(n + 1)
				}
				c.names.hear(name(n), time.Now(), reply)
				look()
				<-time.After(5 * time.Second / many)
			}
		}
		for again := look(); again > 0; again = look() {
			<-time.After(again)
		}
		// Each telling is of names that fail, of names that are resolved, or of both.
		if most := 2 * 3 * status.MaxEvents; len(events) > most {
			t.Errorf("%d events tell of %d changes, want at most %d:\n%s", len(events), many*rounds, most, strings.Join(events, "\n"))
		}
		if last := events[len(events)-1]; !strings.Contains(last, status.EventNameResolved) {
			t.Errorf("in the end all are resolved, and the last event is %q", last)
		}
	})
}

func TestANameThatFailsAndIsResolvedWhileEventsAreHeldIsNotTold(t *testing.T) {
	m := newMemory()
	tell := func(n int, reason probes.Reason) (told int, hold time.Duration) {
		stale, resolved, hold := m.NextNames([]hosts.NameReport{{Name: dbName, Reason: reason}}, at(n))
		return len(stale) + len(resolved), hold
	}
	reasons := []probes.Reason{probes.NameTimeout, ""}
	for n := range status.MaxEvents {
		if told, hold := tell(n, reasons[n%2]); told != 1 || hold > 0 {
			t.Fatalf("telling %d is held for %s", n, hold)
		}
	}
	if told, hold := tell(5, ""); told != 0 || hold != 5*time.Second {
		t.Errorf("told %d names and held for %s, want none for 5s", told, hold)
	}
	if told, hold := tell(6, probes.NameTimeout); told != 0 || hold > 0 {
		t.Errorf("it is as it was told: told %d names and held for %s", told, hold)
	}
	if told, hold := tell(10, ""); told != 1 || hold > 0 {
		t.Errorf("when the hold is over: told %d names and held for %s", told, hold)
	}
}
