package externalservice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/recovery"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// modelHosts is how many hosts a state has room for.
const modelHosts = 3

// modelState is one state of the model: what the operator believes and remembers,
// what the API server has, what is on its way. It is comparable, and as small as it
// can be: of times only the order is kept, and of that only what anybody looks at.
type modelState struct {
	hosts [modelHosts]modelHost
	// dark: the prober's network is dead.
	dark bool
	// isolated: the engine takes the prober for isolated.
	isolated bool
	// elsewhere is when the latest successful probe of another object's host started.
	elsewhere uint8
	// outage is remembered; safety is what the status tells of.
	outage bool
	safety safety
	// late: a write of a former leader is on its way. intruded: it has arrived, late is
	// what was there before, and the operator has not looked since.
	late, intruded bool
}

// modelHost is all that there is to know of one host.
type modelHost struct {
	believed
	flight flight
	// primary: the host has the role that the check asks for.
	primary bool
	// intent is the user's; denied is the address policy's.
	drained, denied bool
	// published and drafted are remembered; doubted: as what was decided last.
	published, drafted, doubted bool
	// slice is what the API server has of it, late what a former leader still writes.
	slice, late sliced
	told        statusLine
}

// believed is a verdict without what nobody decides by.
type believed struct {
	state                 health.State
	length                uint8
	success, corroborated bool
	// seen is when the failing run was first seen, last when the latest success started.
	seen, last uint8
	// answered and elsewhere are those of evidence.MemberState.
	answered, elsewhere bool
}

// flight is a probe that is running.
type flight struct {
	running, succeeds bool
	started           uint8
	// stale: it started before the isolation, or before the end of the latest one.
	stale bool
}

// sliced is what a slice says of a host.
type sliced struct{ listed, ready, serving, terminating bool }

// statusLine is what the status says of a host.
type statusLine struct {
	state             toldState
	published, reason bool
}

type toldState uint8

var toldStates = []v1alpha1.EndpointState{
	"", v1alpha1.EndpointUnknown, v1alpha1.EndpointHealthy, v1alpha1.EndpointUnhealthy,
	v1alpha1.EndpointDraining, v1alpha1.EndpointDisabled, v1alpha1.EndpointDenied,
}

type safety uint8

var safeties = []string{"", v1alpha1.ReasonFailStatic, v1alpha1.ReasonProberIsolated}

// The two moments of a step come after every moment that a state remembers.
const (
	stepStarts = 100
	stepEnds   = 101
)

func momentOf(t time.Time) uint8 {
	if t.IsZero() {
		return 0
	}
	return uint8(t.Sub(tenOClock) / time.Second)
}

func timeOf(moment uint8) time.Time {
	if moment == 0 {
		return time.Time{}
	}
	return at(int(moment))
}

func (b believed) failing() bool { return b.length > 0 && !b.success }

// verdict is the belief as the real code has it.
func (b believed) verdict() health.Verdict {
	v := health.Verdict{State: b.state, LastSuccess: timeOf(b.last)}
	if b.state == health.Unhealthy {
		v.Reason = probes.Timeout
	}
	if b.length > 0 {
		v.Run = health.Run{
			Length: int(b.length), Success: b.success, Corroborated: b.corroborated,
			Began: timeOf(b.seen), Seen: timeOf(b.seen),
		}
	}
	return v
}

// beliefIn is the reverse of verdict. Runs are counted up to what matters.
func beliefIn(v health.Verdict, mostSuccesses, mostFailures int) believed {
	b := believed{state: v.State, last: momentOf(v.LastSuccess), success: v.Run.Success, corroborated: v.Run.Corroborated}
	most := mostFailures
	if v.Run.Success {
		most = mostSuccesses
	}
	b.length = uint8(min(v.Run.Length, most))
	if v.Failing() {
		b.seen = momentOf(v.Run.Seen)
	}
	return b
}

// canonical is the state without what makes no difference any more. Of hosts that are
// alike it does not matter which is which.
func (s modelState) canonical(w *modelWorld) modelState {
	s = s.timeless(w)
	for _, alike := range w.alike() {
		slices.SortFunc(s.hosts[alike[0]:alike[1]], modelHost.compare)
	}
	return s
}

// timeless is the state with moments that say no more than what is asked of them. All that is ever
// asked of two moments is whether a success started before a failing run was seen: so
// a run is known by its place among the runs, and a success by how many came before.
func (s modelState) timeless(w *modelWorld) modelState {
	if w.overlapping {
		return s.ranked(w)
	}
	var seen []uint8
	for _, h := range s.hosts {
		if h.failing() {
			seen = append(seen, h.seen)
		}
	}
	slices.Sort(seen)
	after := func(moment uint8) uint8 {
		n := 0
		for n < len(seen) && seen[n] <= moment {
			n++
		}
		return uint8(2*n + 1)
	}
	for i := range s.hosts {
		h := &s.hosts[i]
		switch {
		case h.failing():
			h.seen, h.last = after(h.seen)-1, 0
		case h.state == health.Healthy && h.last > 0:
			h.seen, h.last = 0, after(h.last)
		default:
			h.seen, h.last = 0, 0
		}
		if h.flight.running {
			h.flight.started = after(h.flight.started)
		}
	}
	if w.elsewhere && s.elsewhere > 0 {
		s.elsewhere = after(s.elsewhere)
	}
	return s
}

// ranked is the state with moments by their order. While probes overlap, it matters whether a
// success started before another host's probe.
func (s modelState) ranked(w *modelWorld) modelState {
	var moments []uint8
	each := func(visit func(*uint8)) {
		for i := range s.hosts {
			h := &s.hosts[i]
			visit(&h.seen)
			visit(&h.last)
			visit(&h.flight.started)
		}
		visit(&s.elsewhere)
	}
	for i := range s.hosts {
		h := &s.hosts[i]
		if !h.failing() {
			h.seen = 0
		}
		if h.state != health.Healthy || h.failing() {
			h.last = 0
		}
	}
	each(func(moment *uint8) { moments = append(moments, *moment) })
	slices.Sort(moments)
	moments = slices.Compact(moments)
	if moments[0] != 0 {
		moments = slices.Insert(moments, 0, 0)
	}
	each(func(moment *uint8) { *moment = uint8(slices.Index(moments, *moment)) })
	return s
}

// compare orders hosts of which it does not matter which is which.
func (h modelHost) compare(other modelHost) int { return cmp.Compare(h.number(), other.number()) }

func (h modelHost) number() uint64 {
	n := uint64(0)
	add := func(value uint8, bits int) { n = n<<bits | uint64(value) }
	yes := func(values ...bool) {
		for _, value := range values {
			n <<= 1
			if value {
				n |= 1
			}
		}
	}
	add(uint8(h.state), 2)
	add(h.length, 4)
	add(h.seen, 4)
	add(h.last, 4)
	add(h.flight.started, 4)
	add(uint8(h.told.state), 3)
	yes(h.success, h.corroborated, h.flight.running, h.flight.succeeds, h.answered, h.elsewhere, h.flight.stale, h.drained, h.denied, h.primary)
	yes(h.published, h.drafted, h.doubted, h.told.published, h.told.reason)
	yes(h.slice.listed, h.slice.ready, h.slice.serving, h.slice.terminating, h.late.listed, h.late.ready, h.late.serving, h.late.terminating)
	return n
}

// empty reports whether nobody gets traffic.
func (s modelState) empty() bool {
	return !slices.ContainsFunc(s.hosts[:], func(h modelHost) bool { return h.slice.ready })
}

// removes reports whether somebody gets no traffic who had it before.
func (s modelState) removes(before modelState) bool {
	for i, h := range s.hosts {
		if before.hosts[i].slice.ready && !h.slice.ready {
			return true
		}
	}
	return false
}

// unsettled reports whether some host's latest result contradicts what is believed
// of it, so that the next one is not far.
func (s modelState) unsettled() bool {
	return slices.ContainsFunc(s.hosts[:], func(h modelHost) bool { return h.verdict().Unsettled() })
}

// pending reports whether some host has no verdict yet.
func (s modelState) pending(w *modelWorld) bool {
	return slices.ContainsFunc(s.hosts[:len(w.hosts)], func(h modelHost) bool { return h.state == health.Unknown && !h.denied })
}

func (s modelState) intents() [modelHosts]v1alpha1.HostState {
	var intents [modelHosts]v1alpha1.HostState
	for i, h := range s.hosts {
		switch {
		case h.denied:
			intents[i] = "Denied" // no intent, but it serves to tell the layouts apart
		case h.drained:
			intents[i] = v1alpha1.HostDrain
		default:
			intents[i] = v1alpha1.HostActive
		}
	}
	return intents
}

func (s modelState) verdicts(w *modelWorld) hosts.Verdicts {
	v := make(hosts.Verdicts, len(w.hosts))
	for i := range w.hosts {
		if !s.hosts[i].denied {
			v[id(i+1)] = s.hosts[i].verdict()
		}
	}
	return v
}

func (s modelState) memory(w *modelWorld) *memory {
	m := &memory{State: recovery.State{Previous: failover.Previous{Published: map[engine.MemberID]bool{}, PublishedByPolicy: map[engine.MemberID]bool{}, Outage: map[string]bool{}}}}
	for i := range w.hosts {
		m.Published[id(i+1)], m.PublishedByPolicy[id(i+1)] = s.hosts[i].published, s.hosts[i].drafted
	}
	if s.outage {
		m.Outage["pg"] = true
	}
	m.Unconfirmed = map[engine.MemberID]bool{}
	for i := range w.hosts {
		if s.hosts[i].doubted {
			m.Unconfirmed[id(i+1)] = true
		}
	}
	if len(m.Unconfirmed) > 0 {
		recovery.ConfirmFromSlices(w.facts(w.left(s)), &m.Previous)
	}
	return m
}

func (s modelState) network(w *modelWorld) health.Network {
	return health.Network{Isolated: s.isolated, Alone: !w.elsewhere, LastSuccess: timeOf(s.elsewhere)}
}

// in words, for whoever has to understand a counterexample.
func (s modelState) words(w *modelWorld) string {
	var parts []string
	for i := range w.hosts {
		h := s.hosts[i]
		text := fmt.Sprintf("%d: %s", i+1, h.state)
		switch {
		case h.failing():
			text += fmt.Sprintf(" (%d failures, seen at %d", h.length, h.seen)
			if h.corroborated {
				text += ", corroborated"
			}
			text += ")"
		case h.length > 0:
			text += fmt.Sprintf(" (%d successes, the last at %d)", h.length, h.last)
		}
		if h.flight.running {
			text += " being probed"
		}
		for _, is := range []struct {
			so   bool
			name string
		}{{h.primary, "primary"}, {h.drained, "drained"}, {h.denied, "denied"}, {h.published, "remembered as published"}, {h.slice.ready, "READY"}, {h.slice.listed && !h.slice.ready, "not ready"}} {
			if is.so {
				text += ", " + is.name
			}
		}
		parts = append(parts, text)
	}
	for _, is := range []struct {
		so   bool
		name string
	}{{s.dark, "network dead"}, {s.isolated, "isolated"}, {s.outage, "outage"}, {s.late, "late write"}} {
		if is.so {
			parts = append(parts, is.name)
		}
	}
	if s.safety > 0 {
		parts = append(parts, "status tells "+safeties[s.safety])
	}
	return strings.Join(parts, "; ")
}
