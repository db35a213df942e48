package epoll_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/netprobe"
	"github.com/external-endpoints/operator/probes/probestest"
)

func TestWhatTheLoopDoesNotSpeakIsLeftToTheOther(t *testing.T) {
	https := get()
	https.HTTP.TLS = &probes.ClientTLS{InsecureSkipVerify: true}
	for name, check := range map[string]probes.Check{
		"https": https, "grpc": {GRPC: &probes.GRPC{}}, "udp": {UDP: &probes.UDP{}}, "tls": {TLS: &probes.TLS{}},
	} {
		if outcome := ask(t, newLoop(t), check, probestest.Closed(t)); !errors.Is(outcome.Err, errLeft) {
			t.Errorf("%s: %+v", name, outcome)
		}
	}
}

func TestDeniedAddressesGetNoPacket(t *testing.T) {
	var connections atomic.Int32
	target := probestest.Serve(func(net.Conn) { connections.Add(1) })(t)
	check, prober := compiled(t, get(), netprobe.NewDialer(addresspolicy.Policy{}.Check))
	runner := newLoop(t)
	for _, host := range []string{"127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "::", "::ffff:0.0.0.0", "::1"} {
		to := netip.AddrPortFrom(netip.MustParseAddr(host), target.Port())
		if outcome := run(t.Context(), runner, check, prober, to); outcome != probes.Failed(probes.AddressDenied) {
			t.Errorf("%s: %+v, want AddressDenied", host, outcome)
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections to a denied address", n)
	}
}

// The policy must judge the address that the kernel gets, not another spelling.
func TestThePolicyIsAskedAboutEveryConnection(t *testing.T) {
	var asked []netip.Addr
	dialer := netprobe.NewDialer(func(addr netip.Addr) error { asked = append(asked, addr); return nil })
	target := probestest.Silent()(t)
	check, prober := compiled(t, connect, dialer)
	mapped := netip.AddrPortFrom(netip.AddrFrom16(target.Addr().As16()), target.Port())
	runner := newLoop(t)
	for range 2 {
		if outcome := run(t.Context(), runner, check, prober, mapped); outcome != probes.Succeeded() {
			t.Fatalf("%+v", outcome)
		}
	}
	if len(asked) != 2 || asked[0] != target.Addr() || asked[1] != target.Addr() {
		t.Errorf("asked about %v, want %s twice", asked, target.Addr())
	}
}

func TestWithoutFileDescriptorsNoHostFails(t *testing.T) {
	target, runner := probestest.Closed(t), newLoop(t)
	check, prober := compiled(t, connect, probestest.NewDialer())
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 0, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	outcome := run(t.Context(), runner, check, prober, target)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if outcome.Result != probes.Inconclusive || !errors.Is(outcome.Err, unix.EMFILE) {
		t.Errorf("%+v, want an inconclusive outcome because of EMFILE", outcome)
	}
}

func TestAProbeThatIsStoppedSaysNothing(t *testing.T) {
	runner := newLoop(t)
	check, prober := compiled(t, get(), probestest.NewDialer())
	ctx, cancel := context.WithCancel(t.Context())
	target := probestest.Serve(func(conn net.Conn) {
		cancel()
		_, _ = conn.Read(make([]byte, 1))
		<-ctx.Done()
		_, _ = conn.Read(make([]byte, 1000))
	})(t)
	for range 2 { // the second is stopped before it begins
		outcome := run(ctx, runner, check, prober, target)
		if outcome.Result != probes.Inconclusive || !errors.Is(outcome.Err, context.Canceled) {
			t.Errorf("%+v, want an inconclusive outcome because of the cancellation", outcome)
		}
	}
	// Others are not stopped with it.
	if outcome := ask(t, runner, connect, probestest.Silent()(t)); outcome != probes.Succeeded() {
		t.Errorf("afterwards: %+v", outcome)
	}
}

func TestHostsThatHangHoldNobodyUp(t *testing.T) {
	const hanging = 500
	runner, dialer := newLoop(t), probestest.NewDialer()
	ctx, cancel := context.WithCancel(t.Context())
	slow, slowProber := compiled(t, get(), dialer)
	silent := probestest.Silent()(t)
	var group sync.WaitGroup
	for range hanging {
		group.Add(1)
		runner.Start(ctx, engine.Probe{Target: silent, Check: slow, Prober: slowProber, Done: func(time.Time, probes.Outcome) { group.Done() }})
	}
	well := probestest.Answers(probestest.OK("ok"))(t)
	for range 100 {
		if outcome := ask(t, runner, get(), well); outcome != probes.Succeeded() {
			t.Fatalf("%+v", outcome)
		}
	}
	cancel()
	group.Wait()
}

// Silence is judged only by who was there to listen: here the loop itself is held
// up, for longer than a tenth of the timeout, in the middle of the probe.
func TestSilenceWhileNobodyListenedCountsAgainstNobody(t *testing.T) {
	const timeout = 500 * time.Millisecond
	runner, dialer := newLoop(t), probestest.NewDialer()
	silent, well := probestest.Silent()(t), probestest.Answers(probestest.OK("ok"))(t)
	quick := get()
	quick.Timeout = timeout
	check, prober := compiled(t, quick, dialer)
	probe := func(heldUp bool) probes.Outcome {
		ended := make(chan probes.Outcome, 1)
		runner.Start(t.Context(), engine.Probe{Target: silent, Check: check, Prober: prober, Done: func(_ time.Time, o probes.Outcome) { ended <- o }})
		runner.Start(t.Context(), engine.Probe{Target: well, Check: check, Prober: prober, Done: func(time.Time, probes.Outcome) {
			if heldUp {
				<-time.After(timeout / 4)
			}
		}})
		return <-ended
	}
	if outcome := probe(true); !errors.Is(outcome.Err, engine.ErrLate) {
		t.Errorf("held up: %+v", outcome)
	}
	// A busy machine may hold the loop up as well, but not every time.
	outcome := probe(false)
	for tries := 1; tries < 20 && errors.Is(outcome.Err, engine.ErrLate); tries++ {
		outcome = probe(false)
	}
	if outcome != probes.Failed(probes.Timeout) {
		t.Errorf("not held up: %+v", outcome)
	}
}

// A request that does not fit into the socket's buffer is sent bit by bit.
func TestALargeRequestReachesAHostThatReadsSlowly(t *testing.T) {
	check := probes.Check{TCP: &probes.TCP{Send: make([]byte, 8<<10), Expect: []byte("thanks")}}
	target := probestest.Serve(func(conn net.Conn) {
		total := 0
		for buffer := make([]byte, 500); total < 8<<10; {
			n, err := conn.Read(buffer)
			if total += n; err != nil {
				return
			}
		}
		_, _ = conn.Write([]byte("thanks"))
		_, _ = conn.Read(make([]byte, 1))
	})(t)
	if outcome := ask(t, newLoop(t), check, target); outcome != probes.Succeeded() {
		t.Errorf("%+v", outcome)
	}
}
