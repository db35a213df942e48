package addresspolicy

import (
	"net/netip"
	"sync/atomic"
)

// Live is the policy in force. Every decision about an address reads it, so that after [Live.Set]
// no decision follows the old one. It is safe for concurrent use.
type Live struct{ current atomic.Pointer[Policy] }

// NewLive returns a Live in which policy is in force.
func NewLive(policy Policy) *Live {
	l := &Live{}
	l.Set(policy)
	return l
}

// Set puts policy in force.
func (l *Live) Set(policy Policy) { l.current.Store(&policy) }

// Check is [Policy.Check] of the policy in force.
func (l *Live) Check(addr netip.Addr) error { return l.current.Load().Check(addr) }
