package engine_test

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// What most tests watch with: fall 3, one probe a second, five while in doubt.
const (
	interval     = time.Second
	fastInterval = 200 * time.Millisecond
	timeout      = 500 * time.Millisecond
)

var (
	thresholds = health.Thresholds{Rise: 2, Fall: 3}
	tcp        = &probes.Check{Timeout: timeout, TCP: &probes.TCP{}}
	none       = &probes.Check{Timeout: timeout, None: &probes.None{}}

	orders  = engine.Key{Namespace: "shop", Name: "orders"}
	billing = engine.Key{Namespace: "shop", Name: "billing"}

	refused = probestest.Down(probes.ConnectionRefused)
	hanging = probestest.Hanging()
)

// host is the n-th outside host.
func host(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}), 80)
}

// web names the n-th host as a member.
func web(n int) engine.MemberID { return engine.MemberID{Address: host(n).Addr(), Port: "web"} }

// member watches the n-th host, which is taken over as healthy.
func member(n int) engine.Member {
	return engine.Member{
		ID: web(n), Target: host(n), Check: tcp, Witness: true,
		Interval: interval, FastInterval: fastInterval, Thresholds: thresholds,
		Initial: health.TakenOver(health.Healthy, time.Time{}, ""),
	}
}

// plan watches these members as the orders group does, with evidence of one.
func plan(members ...engine.Member) engine.Plan {
	return engine.Plan{Key: orders, Evidence: map[int32]int{0: 1}, Members: members}
}

// hosts are the members first to last.
func hosts(first, last int) []engine.Member {
	var members []engine.Member
	for n := first; n <= last; n++ {
		members = append(members, member(n))
	}
	return members
}

// but returns the member with something changed.
func but(m engine.Member, change func(*engine.Member)) engine.Member {
	change(&m)
	return m
}

// rig is a running engine whose hosts answer by script.
type rig struct {
	*engine.Engine
	recorder
	hosts    *probestest.Scripted
	registry *prometheus.Registry
	stop     func()
}

// inBubble runs a test on virtual time, with hosts that are all up.
func inBubble(t *testing.T, test func(*testing.T, *rig)) {
	t.Helper()
	inBubbleWith(t, func(*engine.Options) {}, test)
}

func inBubbleWith(t *testing.T, change func(*engine.Options), test func(*testing.T, *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newRig(t, change)) })
}

func newRig(t *testing.T, change func(*engine.Options)) *rig {
	t.Helper()
	r := &rig{hosts: probestest.NewScripted(probestest.Up()), registry: prometheus.NewRegistry()}
	o := engine.Options{
		Compile:       func(probes.Check) (probes.Prober, error) { return r.hosts, nil },
		Runner:        engine.Goroutines{},
		Observer:      &r.recorder,
		MaxHostSeries: 100,
		Registerer:    r.registry,
	}
	change(&o)
	r.Engine = engine.New(o)

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := r.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	r.stop = func() { cancel(); <-ended }
	t.Cleanup(r.stop)
	return r
}

func (r *rig) apply(t *testing.T, p engine.Plan) {
	t.Helper()
	if err := r.Apply(p); err != nil {
		t.Fatal(err)
	}
}

// pass lets virtual time pass, and everything that is due by then happen.
func pass(d time.Duration) {
	if d > 0 { // see probestest.Scripted
		<-time.After(d)
	}
	synctest.Wait()
}

// verdict is what is believed of the n-th host.
func (r *rig) verdict(n int) health.Verdict { return r.Verdicts(orders)[web(n)] }

// settle lets every host be probed a few times, and forgets what was told.
func (r *rig) settle() {
	pass(5 * interval)
	r.forgetTold()
}

// nextStart waits for the n-th host's next probe and returns when it began.
func (r *rig) nextStart(n int) time.Time {
	begun := r.hosts.Calls(host(n))
	for r.hosts.Calls(host(n)) == begun {
		pass(time.Millisecond)
	}
	return r.hosts.Started(host(n))[begun]
}

// startsSince are when the n-th host's probes began, counted from a moment on.
func (r *rig) startsSince(n int, moment time.Time) []time.Duration {
	var since []time.Duration
	for _, start := range r.hosts.Started(host(n)) {
		if !start.Before(moment) {
			since = append(since, start.Sub(moment))
		}
	}
	return since
}

// recorder is an observer that takes down what it is told.
type recorder struct {
	mu      sync.Mutex
	changed []change
	broken  []error
}

type change struct {
	key  engine.Key
	at   time.Time
	loss bool
}

func (r *recorder) Changed(key engine.Key) { r.take(key, false) }

func (r *recorder) Lost(key engine.Key) { r.take(key, true) }

func (r *recorder) take(key engine.Key, loss bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed = append(r.changed, change{key, time.Now(), loss})
}

func (r *recorder) Broken(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = append(r.broken, err)
}

// changes are when a group was said to have changed, counted from a moment on.
func (r *recorder) changes(key engine.Key, moment time.Time) []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	var since []time.Duration
	for _, c := range r.changed {
		if c.key == key && !c.at.Before(moment) {
			since = append(since, c.at.Sub(moment))
		}
	}
	return since
}

func (r *recorder) brokenProbes() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.broken)
}

func (r *recorder) forgetTold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed, r.broken = nil, nil
}

// every is n times one step, from the first on.
func every(step time.Duration, n int) []time.Duration {
	var list []time.Duration
	for i := range n {
		list = append(list, time.Duration(i)*step)
	}
	return list
}
