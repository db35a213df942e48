package epoll

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/netprobe"
	"github.com/external-endpoints/operator/probes/schedule"
)

// maxStarts is how many probes one pass starts before it listens again: about a
// millisecond of work. A prober that gets a tenth of a core is then back in 10 ms, and
// judges what it started while the tolerance has not passed.
const maxStarts = 64

// loop implements [engine.Runner].
type loop struct {
	rest   engine.Runner
	poller *poller

	// What follows is the goroutine's own.

	// conns are the running probes by descriptor.
	conns     []*conn
	running   int
	deadlines schedule.Queue[*conn]
	idle      []*conn       // to be used again
	batch     []start       // what the inbox held
	begun     []unix.PollFd // the sockets of this pass, not yet in the epoll set
	buffer    [4 << 10]byte
	to4       unix.SockaddrInet4
	to6       unix.SockaddrInet6
	stalls    stallDetector
	now       time.Time // as of the latest look at the clock

	mu    sync.Mutex
	room  sync.Cond // the inbox has been emptied
	inbox []start
	// matched are the matches that have been made since the goroutine looked.
	matched []*matching
	alive   bool // the goroutine exists
	// asleep: the goroutine will not look at the inbox until it is woken.
	asleep bool
	// stop ends the latest probe that was started; it is watched.
	stop <-chan struct{}
	// stopping: a stop that is watched has come.
	stopping bool
	// passes counts the passes of the goroutine.
	passes uint64
}

// start is a probe in the inbox.
type start struct {
	engine.Probe
	exchange *netprobe.Exchange
	stop     <-chan struct{}
}

// New returns a runner that leaves to rest what the loop does not speak.
func New(rest engine.Runner) (engine.Runner, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	l := &loop{rest: rest, poller: p}
	l.room.L = &l.mu
	return l, nil
}

// Start implements [engine.Runner]. It waits while a whole pass's worth of probes is
// waiting to be started: that is a few milliseconds, and depends on no host.
func (l *loop) Start(ctx context.Context, probe engine.Probe) {
	exchange, plain := netprobe.ExchangeOf(probe.Prober)
	if !plain || probe.Target.Addr().Zone() != "" {
		l.rest.Start(ctx, probe)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.inbox) == maxStarts {
		l.room.Wait()
	}
	l.inbox = append(l.inbox, start{Probe: probe, exchange: exchange, stop: ctx.Done()})
	if l.stop != ctx.Done() {
		l.stop = ctx.Done()
		context.AfterFunc(ctx, l.stopRunning)
	}
	switch {
	case !l.alive:
		l.alive = true
		go l.run() //nolint:contextcheck // it serves the probes of every context, and watches the end of each
	case l.asleep:
		l.lockedWake()
	}
}

// Passes implements [engine.Looper].
func (l *loop) Passes() (busy bool, passes uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.alive, l.passes
}

// stopRunning has the goroutine end all probes whose context was cancelled.
func (l *loop) stopRunning() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping = true
	l.lockedWake()
}

func (l *loop) lockedWake() {
	if l.asleep {
		l.asleep = false
		l.poller.interrupt()
	}
}

// run makes passes until nothing is left to do.
func (l *loop) run() {
	l.stalls.begin(time.Now())
	for l.pass() {
		l.sleep()
	}
}

// takeInbox empties the inbox. Without anything to do the goroutine is to end.
func (l *loop) takeInbox() (batch []start, stopping, alive bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.passes++
	clear(l.batch)
	batch, l.inbox = l.inbox, l.batch[:0]
	l.batch = batch
	stopping, l.stopping = l.stopping, false
	if l.alive = len(batch) > 0 || l.running > 0; !l.alive {
		l.poller.quiet(l.now)
	}
	l.room.Broadcast()
	return batch, stopping, l.alive
}

// sleep waits for a socket, a deadline, a match or the inbox. It returns at once when there is
// something to do, or nothing at all.
func (l *loop) sleep() {
	l.mu.Lock()
	if len(l.inbox) > 0 || len(l.matched) > 0 || l.stopping || l.running == 0 {
		l.mu.Unlock()
		return
	}
	wakeAt := l.stalls.sleepsUntil(l.nextDeadline())
	l.asleep = true
	l.poller.setAlarm(l.now, wakeAt)
	l.mu.Unlock()

	l.poller.wait()

	l.mu.Lock()
	l.asleep = false
	l.mu.Unlock()
}
