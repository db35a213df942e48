package epoll_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/epoll"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// runners are the two ways to run probes, as the operator puts them together.
func runners(t *testing.T) map[string]engine.Runner {
	t.Helper()
	l, err := epoll.New(engine.NewGoroutines())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]engine.Runner{"loop": l, "goroutines": engine.NewGoroutines()}
}

// ignores is an observer whom nothing concerns.
type ignores struct{}

func (ignores) Changed(engine.Key) {}
func (ignores) Lost(engine.Key)    {}
func (ignores) Broken(error)       {}

// running is an engine, and what it says of itself.
type running struct {
	*engine.Engine
	registry *prometheus.Registry
}

// runEngine runs an engine that reaches loopback, until the test ends.
func runEngine(t *testing.T, runner engine.Runner) running {
	t.Helper()
	dialer, registry := probestest.NewDialer(), prometheus.NewRegistry()
	e := engine.New(engine.Options{
		Compile:    func(c probes.Check) (probes.Prober, error) { return compile.Prober(c, dialer) },
		Runner:     runner,
		Observer:   ignores{},
		Registerer: registry,
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := e.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return running{e, registry}
}

// gauge is the value of a metric without labels.
func (r running) gauge(t *testing.T, name string) float64 {
	t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}

// watched is the n-th member, taken over as healthy. Two failures take it out.
func watched(n int, target netip.AddrPort, check *probes.Check) engine.Member {
	return engine.Member{
		ID:       engine.MemberID{Address: netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}), Port: "web"},
		Target:   target,
		Check:    check,
		Witness:  true,
		Interval: time.Second, FastInterval: 100 * time.Millisecond,
		Thresholds: health.Thresholds{Rise: 1, Fall: 2},
		Initial:    health.TakenOver(health.Healthy, time.Time{}, ""),
	}
}

// eventually waits until check returns nil.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	eventuallyWithin(t, time.Minute, check)
}

func eventuallyWithin(t *testing.T, within time.Duration, check func() error) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for end := time.After(within); ; {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-end:
			t.Fatalf("not within %s: %v", within, err)
		}
	}
}

// heapInUse is what the heap and the stacks of goroutines take.
func heapInUse() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc + stats.StackInuse
}

const (
	crowded = 2000
	hanging = crowded / 2
	// crowdInterval lets a busy machine ask 1,000 hosts a second, and no more.
	crowdInterval = 2 * time.Second
)

// crowd is 2,000 hosts at addresses of their own, of whom the first 1,000 never answer.
type crowd struct {
	port   uint16
	served [crowded]atomic.Int32
}

// newCrowd listens at all of 127/8.
func newCrowd(t *testing.T) *crowd {
	t.Helper()
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{port: uint16(listener.Addr().(*net.TCPAddr).Port)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	t.Cleanup(func() { listener.Close(); <-ended })
	return c
}

// host is where the n-th is.
func (c *crowd) host(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 1, byte(n >> 8), byte(n)}), c.port)
}

func (c *crowd) serve(conn net.Conn) {
	defer conn.Close()
	at := conn.LocalAddr().(*net.TCPAddr).AddrPort().Addr().As4()
	n := int(at[2])<<8 | int(at[3])
	c.served[n].Add(1)
	if n >= hanging {
		if _, err := conn.Read(make([]byte, 1<<10)); err == nil {
			_, _ = conn.Write([]byte(probestest.OK("ok")))
		}
	}
	listens(conn)
}

// TestRow18AThousandHangingHostsSlowNobodyElse is the same as with virtual time in
// probes/engine, on real sockets. On a machine that does other things as well it counts
// how often each host was asked, and not when: three times as long as it should take is
// enough for that, and by far too little for who waits for the thousand.
func TestRow18AThousandHangingHostsSlowNobodyElse(t *testing.T) {
	const (
		intervals = 3
		// mostEach is what a host that hangs costs while it does, the imitation of the host
		// itself included.
		mostEach = 96 << 10
	)
	for name, runner := range runners(t) {
		t.Run(name, func(t *testing.T) {
			c, check := newCrowd(t), get()
			check.Timeout = crowdInterval / 2
			plan := engine.Plan{Key: engine.Key{Namespace: "shop", Name: "orders"}}
			for n := range crowded {
				member := watched(n, c.host(n), &check)
				member.Interval, member.FastInterval = crowdInterval, crowdInterval
				if n < hanging {
					member.Initial = health.TakenOver(health.Unhealthy, time.Time{}, probes.Timeout)
				}
				plan.Members = append(plan.Members, member)
			}
			runtime.GC()
			before := heapInUse()
			e := runEngine(t, runner)
			if err := e.Apply(plan); err != nil {
				t.Fatal(err)
			}
			<-time.After(intervals * crowdInterval)
			var inflight float64
			eventuallyWithin(t, 2*intervals*crowdInterval, func() error {
				late := 0
				for n := hanging; n < crowded; n++ {
					if asked := c.served[n].Load(); asked < intervals-1 {
						late++
					}
				}
				if late > 0 {
					return fmt.Errorf("%d of the others were asked less than %d times", late, intervals-1)
				}
				if inflight = e.gauge(t, "external_endpoints_engine_inflight"); inflight < hanging/4 {
					return fmt.Errorf("only %v probes are running: nobody hangs", inflight)
				}
				return nil
			})
			runtime.GC()
			if grown := int64(heapInUse()) - int64(before); grown > int64(inflight)*mostEach {
				t.Errorf("%d bytes more on the heap with %v hosts that hang, want at most %d each", grown, inflight, mostEach)
			} else {
				t.Logf("%v hosts hang, %d KiB more on the heap", inflight, grown>>10)
			}
			verdicts := e.Verdicts(plan.Key)
			for n, member := range plan.Members {
				want := health.Healthy
				if n < hanging {
					want = health.Unhealthy
				}
				if v := verdicts[member.ID]; v.State != want {
					t.Fatalf("host %d is %s, want %s (%s)", n, v.State, want, v.Reason)
				}
			}
		})
	}
}
