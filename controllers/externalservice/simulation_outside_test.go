package externalservice

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"net/netip"
	"sync"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
)

// ailment is what is wrong with a simulated host.
type ailment string

const (
	well      ailment = "well"
	rejecting ailment = "refusing"
	hanging   ailment = "hanging"
	lossy     ailment = "lossy" // a third of the packets are lost
)

func (a ailment) dead() bool { return a == rejecting || a == hanging }

// slowestAnswer is how long it takes at most until a host that answers has done so.
const slowestAnswer = 21 * time.Millisecond

// outside is the world beyond the prober: hosts, and the network to them. It runs
// every probe. What a host answers depends on the seed and on how often it
// was asked, and on nothing else.
type outside struct {
	seed      uint64
	questions chan func()
	workers   sync.WaitGroup

	mu   sync.Mutex
	dark bool
	// darkened and lit are when the network died and came back the last time.
	darkened, lit time.Time
	asked         int
	hosts         map[netip.Addr]*outsideHost
}

type outsideHost struct {
	ailment ailment
	// since is when the ailment began.
	since time.Time
	// lossyUntil is when it was last lossy.
	lossyUntil time.Time
	asked      uint64
}

func newOutside(seed uint64) *outside {
	return &outside{seed: seed, questions: make(chan func()), hosts: map[netip.Addr]*outsideHost{}}
}

// Probe implements probes.Prober. Nobody calls it: outside runs its probes itself.
func (o *outside) Probe(context.Context, netip.AddrPort) probes.Outcome { panic("not by a prober") }

// Start implements engine.Runner. Probes are run by workers that stay, and wait for an
// answer with one timer: a goroutine and a deadline for each took half of the CPU.
func (o *outside) Start(ctx context.Context, probe engine.Probe) {
	run := func() { o.run(ctx, probe) }
	select {
	case o.questions <- run:
	default: // nobody is free
		o.workers.Go(func() {
			run()
			for run := range o.questions {
				run()
			}
		})
	}
}

// run carries a probe out. An operator that ends leaves its probes to run out: it takes
// in no answer then.
func (o *outside) run(ctx context.Context, q engine.Probe) {
	began, host := time.Now(), q.Target.Addr()
	dice, lost := o.ask(host)
	wait := slowestAnswer - time.Duration(dice%20_000)*time.Microsecond
	<-time.After(wait)
	outcome := probes.Failed(probes.Timeout)
	switch o.answer(host, dice, lost) {
	case well:
		outcome = probes.Succeeded()
	case rejecting:
		outcome = probes.Failed(probes.ConnectionRefused)
	default:
		<-time.After(q.Check.Timeout - wait)
	}
	if ctx.Err() != nil {
		outcome = probes.Broken(ctx.Err())
	}
	q.Done(began, outcome)
}

// end has the workers end.
func (o *outside) end() {
	close(o.questions)
	o.workers.Wait()
}

// ask counts the question, and throws the dice for its answer. lost: the network is dead,
// and nobody hears it.
func (o *outside) ask(host netip.Addr) (dice uint64, lost bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := o.hosts[host]
	h.asked++
	o.asked++
	hash := fnv.New64a()
	_, _ = hash.Write(binary.LittleEndian.AppendUint64(nil, o.seed))
	_, _ = hash.Write(host.AsSlice())
	_, _ = hash.Write(binary.LittleEndian.AppendUint64(nil, h.asked))
	return hash.Sum64() >> 8, o.dark
}

// answer is what comes back when the host's answer arrives. A question that was lost has
// none: that another one, asked at the same moment, was heard a moment later would be
// evidence of a network that there was not.
func (o *outside) answer(host netip.Addr, dice uint64, lost bool) ailment {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.hosts[host].ailment
	switch {
	case lost, o.dark, a == lossy && dice/20_000%3 == 0:
		return hanging
	case a == lossy:
		return well
	default:
		return a
	}
}

// turn gives a host an ailment.
func (o *outside) turn(host netip.Addr, a ailment) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if h := o.hosts[host]; h == nil {
		o.hosts[host] = &outsideHost{ailment: a, since: time.Now()}
	} else if h.ailment != a {
		if h.ailment == lossy {
			h.lossyUntil = time.Now()
		}
		h.ailment, h.since = a, time.Now()
	}
}

// darken takes the prober's network away, or gives it back.
func (o *outside) darken(dark bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dark = dark
	if dark {
		o.darkened = time.Now()
	} else {
		o.lit = time.Now()
	}
}

// askable is since when a host could be asked that turned at since and has its turn once in an
// interval: since then or, where the network died before that was sure to have come, since
// it is back.
func (o *outside) askable(since time.Time, interval time.Duration) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case since.Add(interval).Before(o.darkened):
		return since
	case o.dark:
		return time.Now()
	default:
		return later(since, o.lit)
	}
}

// of is a host's ailment, and since when it has it.
func (o *outside) of(host netip.Addr) (ailment, time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := o.hosts[host]
	return h.ailment, h.since
}

// anyWell reports whether a host answers: where none does, the prober cannot tell dead
// hosts from a dead network, and takes nobody out.
func (o *outside) anyWell() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, h := range o.hosts {
		if h.ailment == well {
			return true
		}
	}
	return false
}

// lossyUntil is when a host was last lossy.
func (o *outside) lossyUntil(host netip.Addr) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.hosts[host].lossyUntil
}
