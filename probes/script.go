package probes

import (
	"context"
	"fmt"
	"net/netip"
)

// Script is all of a plain TCP or HTTP probe but its I/O: where it may connect,
// what it says, and what the answers mean. Whatever brings I/O of its own follows
// it and comes to the same outcome as [Prober.Probe]. It is safe for concurrent use.
type Script struct {
	dialer *Dialer
	// request appends what is said once connected, or returns it elsewhere; nil: nothing.
	request func(buffer []byte, target netip.AddrPort) []byte
	// reply makes the judge of the answer; nil: none is waited for.
	reply func() Answer
}

// ScriptOf returns the script of a prober that [Compile] made; false: it does more
// than a script can say.
func ScriptOf(prober Prober) (*Script, bool) {
	guarded, compiled := prober.(guard)
	if !compiled {
		return nil, false
	}
	s, plain := guarded.protocol.(*stream)
	if !plain || s.script == nil {
		return nil, false
	}
	return s.script, true
}

// Admits asks the address policy. It must be asked immediately before each connect,
// with the address as the kernel gets it; where it says no, the outcome is a failure
// with [AddressDenied].
func (s *Script) Admits(addr netip.Addr) bool { return s.dialer.allow(addr) == nil }

// Request returns what is sent once connected, perhaps nothing. It may use buffer,
// and the caller must not change what it gets.
func (s *Script) Request(buffer []byte, target netip.AddrPort) []byte {
	if s.request == nil {
		return nil
	}
	return s.request(buffer, target)
}

// Reply returns the judge of one answer; nil: the host is well once the request is sent.
func (s *Script) Reply() Answer {
	if s.reply == nil {
		return nil
	}
	return s.reply()
}

// connectIsAll reports whether being connected is enough.
func (s *Script) connectIsAll() bool { return s.request == nil && s.reply == nil }

// ConnectFailed judges an error of connecting to target, an errno or the like.
func (s *Script) ConnectFailed(ctx context.Context, err error, target netip.AddrPort) Outcome {
	return s.dialer.connectFailed(ctx, err, target)
}

// connectFailed judges an error of connecting to target.
func (d *Dialer) connectFailed(ctx context.Context, err error, target netip.AddrPort) Outcome {
	if saysUnreachable(err) && !d.routed(ctx, target) {
		return Broken(fmt.Errorf("no route of our own: %w", errnoOf(err)))
	}
	return connectOutcome(err, target.Addr())
}
