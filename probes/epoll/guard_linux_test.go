package epoll_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// The guards hold what a probe costs to ratios and counts, never to times: they must
// fail when somebody makes a probe dearer, and not when the machine is busy. `make
// bench` has the figures themselves.
const (
	// mostOverRaw is how much more CPU the whole engine may take for a probe than the
	// system calls alone. It takes 1.5 times as much here; under the race detector
	// 1.4 to 4.4 times on one machine, so that the ratio is held without it.
	mostOverRaw = 4
	// mostAllocations a probe; it makes 0.9, the engine's set-up shared out among them, and 1.4 under the
	// race detector.
	mostAllocations = 1.7
)

// quiet is an observer that does not listen.
type quiet struct{}

func (quiet) Changed(engine.Key) {}
func (quiet) Lost(engine.Key)    {}
func (quiet) Broken(error)       {}

func TestAProbeCostsLittleMoreThanItsSystemCalls(t *testing.T) {
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := netip.MustParseAddrPort(listener.Addr().String()).Port()

	ratio, allocations := 1e9, 1e9
	within := func() bool {
		return allocations <= mostAllocations && (ratio <= mostOverRaw || underRaceDetector(t))
	}
	for rounds := 0; rounds < 10 && !within(); rounds++ { // the least of some rounds: others' load only ever adds
		through := throughEngine(t, port)
		raw := throughSystemCalls(t, port)
		ratio = min(ratio, through.cpu.Seconds()/raw.cpu.Seconds())
		allocations = min(allocations, through.allocations)
	}
	t.Logf("%.2f times the CPU of the system calls, %.2f allocations a probe", ratio, allocations)
	if ratio > mostOverRaw && !underRaceDetector(t) {
		t.Errorf("a probe takes %.2f times the CPU of its system calls, at most %d are fine", ratio, mostOverRaw)
	}
	if allocations > mostAllocations {
		t.Errorf("a probe makes %.2f allocations, at most %.1f are fine", allocations, mostAllocations)
	}
}

// underRaceDetector says what this binary was built with.
func underRaceDetector(t *testing.T) bool {
	t.Helper()
	built, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the binary does not say how it was built")
	}
	return slices.Contains(built.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// cost is that of one probe.
type cost struct {
	cpu         time.Duration
	allocations float64
}

// guarded is how many probes the engine makes of 1,000 hosts. It is a number and no
// time: on a busy machine fewer would have to bear the set-up.
const guarded = 8000

// throughEngine has the engine probe 1,000 hosts.
func throughEngine(t *testing.T, port uint16) cost {
	t.Helper()
	runner, counted := newLoop(t), &counter{}
	counted.Runner = runner
	dialer := probestest.NewDialer()
	e := engine.New(engine.Options{
		Compile:    func(c probes.Check) (probes.Prober, error) { return compile.Prober(c, dialer) },
		Runner:     counted,
		Observer:   quiet{},
		Registerer: prometheus.NewRegistry(),
	})
	check := &probes.Check{Timeout: time.Second, TCP: &probes.TCP{}}
	for group := range 100 {
		plan := engine.Plan{Key: engine.Key{Namespace: "shop", Name: fmt.Sprint(group)}, Evidence: map[int32]int{0: 1}}
		for n := range 10 {
			addr := netip.AddrFrom4([4]byte{127, 1, byte(group), byte(n)})
			plan.Members = append(plan.Members, engine.Member{
				ID: engine.MemberID{Address: addr, Port: "web"}, Target: netip.AddrPortFrom(addr, port), Check: check, Witness: true,
				Interval: 100 * time.Millisecond, FastInterval: 100 * time.Millisecond, Thresholds: health.Thresholds{Rise: 2, Fall: 3},
				Initial: health.TakenOver(health.Healthy, time.Now(), ""),
			})
		}
		if err := e.Apply(plan); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	counted.enough = cancel
	used, mallocs := usage(t)
	if err := e.Run(ctx); err != nil {
		t.Fatal(err)
	}
	usedAfter, mallocsAfter := usage(t)
	if counted.started < guarded {
		t.Fatalf("only %d probes in a minute", counted.started)
	}
	return cost{(usedAfter - used) / time.Duration(counted.started), float64(mallocsAfter-mallocs) / float64(counted.started)}
}

// counter counts what it starts, and says when it is enough.
type counter struct {
	engine.Runner
	started int
	enough  func()
}

func (c *counter) Start(ctx context.Context, probe engine.Probe) {
	if c.started++; c.started == guarded {
		c.enough()
	}
	c.Runner.Start(ctx, probe)
}

// throughSystemCalls makes the calls of 2,000 connect checks, in batches.
func throughSystemCalls(t *testing.T, port uint16) cost {
	t.Helper()
	const rounds, batch = 100, 20
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(epoll)
	events := make([]unix.EpollEvent, batch)
	used, _ := usage(t)
	for range rounds {
		for n := range batch {
			socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			_ = unix.SetsockoptLinger(socket, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
			_ = unix.SetsockoptInt(socket, unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0)
			_ = unix.Connect(socket, &unix.SockaddrInet4{Port: int(port), Addr: [4]byte{127, 1, 0, byte(n)}})
			_ = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, socket, &unix.EpollEvent{Events: unix.EPOLLOUT, Fd: int32(socket)})
		}
		for open := batch; open > 0; {
			ready, _ := unix.EpollWait(epoll, events, 1000)
			for _, event := range events[:max(ready, 0)] {
				_ = unix.Close(int(event.Fd))
			}
			open -= max(ready, 0)
		}
	}
	after, _ := usage(t)
	return cost{cpu: (after - used) / (rounds * batch)}
}

// usage is the CPU time and the allocations of this process so far.
func usage(t *testing.T) (cpu time.Duration, mallocs uint64) {
	t.Helper()
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), memory.Mallocs
}
