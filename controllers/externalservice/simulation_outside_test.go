package externalservice

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"net/netip"
	"sync"
	"time"

	"github.com/external-endpoints/operator/probes"
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

// outside is the world beyond the prober: hosts, and the network to them. It is a
// prober for every check. What a host answers depends on the seed and on how often it
// was asked, and on nothing else.
type outside struct {
	seed uint64

	mu    sync.Mutex
	dark  bool
	hosts map[netip.Addr]*outsideHost
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
	return &outside{seed: seed, hosts: map[netip.Addr]*outsideHost{}}
}

// Probe implements probes.Prober.
func (o *outside) Probe(ctx context.Context, target netip.AddrPort) probes.Outcome {
	dice := o.ask(target.Addr())
	select {
	case <-time.After(slowestAnswer - time.Duration(dice%20_000)*time.Microsecond):
	case <-ctx.Done():
		return ended(ctx)
	}
	switch o.answer(target.Addr(), dice) {
	case well:
		return probes.Succeeded()
	case rejecting:
		return probes.Failed(probes.ConnectionRefused)
	default:
		<-ctx.Done()
		return ended(ctx)
	}
}

func ended(ctx context.Context) probes.Outcome {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return probes.Failed(probes.Timeout)
	}
	return probes.Broken(ctx.Err())
}

// ask counts the question, and throws the dice for its answer.
func (o *outside) ask(host netip.Addr) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := o.hosts[host]
	h.asked++
	hash := fnv.New64a()
	_, _ = hash.Write(binary.LittleEndian.AppendUint64(nil, o.seed))
	_, _ = hash.Write(host.AsSlice())
	_, _ = hash.Write(binary.LittleEndian.AppendUint64(nil, h.asked))
	return hash.Sum64() >> 8
}

// answer is what comes back when the host's answer arrives.
func (o *outside) answer(host netip.Addr, dice uint64) ailment {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.hosts[host].ailment
	switch {
	case o.dark, a == lossy && dice/20_000%3 == 0:
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
}

// of is a host's ailment, and since when it has it.
func (o *outside) of(host netip.Addr) (ailment, time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := o.hosts[host]
	return h.ailment, h.since
}

// lossyUntil is when a host was last lossy.
func (o *outside) lossyUntil(host netip.Addr) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.hosts[host].lossyUntil
}
