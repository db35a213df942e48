package clusterranges

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
)

// patience is for several tries of an informer, which begin a second apart.
const patience = 30 * time.Second

// watched is a Watcher at work, and what it tells.
type watched struct {
	t *testing.T
	*Watcher
	told chan string

	mu  sync.Mutex
	log []string
}

func watching(t *testing.T, s *server) *watched {
	t.Helper()
	w := &watched{t: t, told: make(chan string, 100)}
	logger := funcr.New(func(_, line string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.log = append(w.log, line)
	}, funcr.Options{})
	var err error
	w.Watcher, err = New(s.config(), logger, func(prefixes []netip.Prefix) { w.told <- strings.Trim(fmt.Sprint(prefixes), "[]") })
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { w.Run(t.Context()) })
	t.Cleanup(running.Wait) // the test's context has ended by then
	return w
}

// tells waits until the Watcher has told that, and nothing else before.
func (w *watched) tells(want string) {
	w.t.Helper()
	select {
	case got := <-w.told:
		if got != want {
			w.t.Fatalf("it tells %q, want %q", got, want)
		}
	case <-time.After(patience):
		w.t.Fatalf("it does not tell %q", want)
	}
}

// isKnown waits for Known, and reports how it stands now.
func (w *watched) isKnown(want bool, within time.Duration) {
	w.t.Helper()
	select {
	case <-w.Known():
		if !want {
			w.t.Fatal("the ranges count as known")
		}
	case <-time.After(within):
		if want {
			w.t.Fatal("the ranges do not count as known")
		}
	}
}

// silent: nothing is told.
func (w *watched) silent(within time.Duration) {
	w.t.Helper()
	select {
	case got := <-w.told:
		w.t.Fatalf("it tells %q", got)
	case <-time.After(within):
	}
}

// logged counts the lines that hold all of the texts.
func (w *watched) logged(texts ...string) (count int) {
	w.mu.Lock()
	defer w.mu.Unlock()
lines:
	for _, line := range w.log {
		for _, text := range texts {
			if !strings.Contains(line, text) {
				continue lines
			}
		}
		count++
	}
	return count
}

func TestTheClustersRangesAreToldBeforeTheyAreKnown(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(serviceCIDR("kubernetes", "10.96.0.0/16"), node("a", []string{"10.244.1.0/24"}, internal("192.0.2.10")))
	w := watching(t, s)
	w.isKnown(true, patience)
	if len(w.told) != 1 {
		t.Fatalf("they are known, and told %d times", len(w.told))
	}
	w.tells("10.96.0.0/16 10.244.1.0/24 192.0.2.10/32")

	s.set(node("b", nil, internal("192.0.2.11")))
	w.tells("10.96.0.0/16 10.244.1.0/24 192.0.2.10/32 192.0.2.11/32")
	s.set(serviceCIDR("more", "10.97.0.0/16"))
	w.tells("10.96.0.0/16 10.97.0.0/16 10.244.1.0/24 192.0.2.10/32 192.0.2.11/32")
	s.set(node("b", nil, internal("192.0.2.12")))
	w.tells("10.96.0.0/16 10.97.0.0/16 10.244.1.0/24 192.0.2.10/32 192.0.2.12/32")
	s.remove("b")
	w.tells("10.96.0.0/16 10.97.0.0/16 10.244.1.0/24 192.0.2.10/32")

	s.set(node("a", []string{"10.244.1.0/24"}, internal("192.0.2.10")))
	w.silent(2 * gathering) // that was a heartbeat
}

func TestALostWatchForgetsNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(serviceCIDR("kubernetes", "10.96.0.0/16"), node("a", nil, internal("192.0.2.10")), node("b", nil, internal("192.0.2.11")))
	w := watching(t, s)
	w.tells("10.96.0.0/16 192.0.2.10/32 192.0.2.11/32")

	before := s.askedFor("nodes")
	s.refuseWith(http.StatusInternalServerError, "nodes")
	s.refuseWith(http.StatusForbidden, "servicecidrs")
	for s.askedFor("nodes") < before+3 {
		w.silent(10 * time.Millisecond)
	}
	s.remove("b")
	s.refuseWith(0, "nodes", "servicecidrs")
	w.tells("10.96.0.0/16 192.0.2.10/32") // now it was said in full
}

func TestThatNothingIsLeftIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(serviceCIDR("kubernetes", "10.96.0.0/16"), node("a", nil, internal("192.0.2.10")))
	w := watching(t, s)
	w.tells("10.96.0.0/16 192.0.2.10/32")
	s.remove("a")
	w.silent(2 * gathering)
	s.set(node("b", nil, internal("192.0.2.11")))
	w.tells("10.96.0.0/16 192.0.2.11/32")
}

func TestAnAPIServerInTroubleIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(serviceCIDR("kubernetes", "10.96.0.0/16"), node("a", nil, internal("192.0.2.10")))
	s.refuseWith(http.StatusInternalServerError, "nodes")
	w := watching(t, s)
	w.isKnown(false, 3*time.Second)
	if n := w.logged("will try again", `"resource"="nodes"`); n != 1 {
		t.Errorf("that it waits for nodes is logged %d times: %q", n, w.log)
	}
	s.refuseWith(0, "nodes")
	w.isKnown(true, patience)
	w.tells("10.96.0.0/16 192.0.2.10/32")
}

func TestRightsThatAreMissingAreNamedOnceAndNoticedWhenGranted(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(serviceCIDR("kubernetes", "10.96.0.0/16"), node("a", nil, internal("192.0.2.10")))
	s.refuseWith(http.StatusForbidden, "nodes", "servicecidrs")
	w := watching(t, s)
	w.isKnown(true, patience)
	w.tells("")
	before := s.askedFor("nodes")
	for s.askedFor("nodes") < before+2 {
		w.silent(10 * time.Millisecond)
	}
	for _, resource := range []string{"nodes", "servicecidrs"} {
		if n := w.logged("for lack of a right", "list and watch "+resource); n != 1 {
			t.Errorf("that the right to read %s is missing is logged %d times: %q", resource, n, w.log)
		}
	}
	s.refuseWith(0, "servicecidrs")
	w.tells("10.96.0.0/16")
	s.refuseWith(0, "nodes")
	w.tells("10.96.0.0/16 192.0.2.10/32")
}

func TestAKindThatIsNotServedIsDoneWithout(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(node("a", nil, internal("192.0.2.10")))
	s.refuseWith(http.StatusNotFound, "servicecidrs")
	w := watching(t, s)
	w.isKnown(true, patience)
	w.tells("192.0.2.10/32")
	if n := w.logged("does not serve the kind", `"resource"="servicecidrs"`); n != 1 {
		t.Errorf("it is logged %d times: %q", n, w.log)
	}
}

// An API server that has just started forbids everything for a moment.
func TestASingleRefusalIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(serviceCIDR("kubernetes", "10.96.0.0/16"), node("a", nil, internal("192.0.2.10")))
	s.refuseWith(http.StatusForbidden, "nodes")
	w := watching(t, s)
	for s.askedFor("nodes") < 2 { // a streamed list, then a plain one
		w.silent(time.Millisecond)
	}
	s.refuseWith(0, "nodes")
	w.tells("10.96.0.0/16 192.0.2.10/32")
}
