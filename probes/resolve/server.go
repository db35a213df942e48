package resolve

import (
	"net/netip"
	"sync"
	"time"
)

// Settings of a server are used for so long, and then tried again as at first.
const (
	// silentFor is how long a server that did not answer is asked after the others.
	// When it has passed one lookup tries the server, and others go on with the rest.
	silentFor = 30 * time.Second
	// transportFor is how long TCP is asked first, or EDNS left out.
	transportFor = 5 * time.Minute
)

// server is one name server, and what its answers have shown of it.
type server struct {
	address netip.AddrPort
	timeout time.Duration
	// useTCP: resolv.conf asks for it (use-vc).
	useTCP bool

	mu           sync.Mutex
	answeredAt   time.Time
	silentUntil  time.Time // zero: it is not known to be silent
	overTCPUntil time.Time
	plainUntil   time.Time
}

// answered notes that the server sent an answer over that transport.
func (s *server) answered(network string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.answeredAt, s.silentUntil = now, time.Time{}
	if network == "udp" {
		s.overTCPUntil = time.Time{}
	} else if !now.Before(s.overTCPUntil) {
		s.overTCPUntil = now.Add(transportFor)
	}
}

// silent notes that a question of that time was not answered. A name that hangs says
// nothing of a server that has answered another question meanwhile.
func (s *server) silent(since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answeredAt.Before(since) {
		s.silentUntil = time.Now().Add(silentFor)
	}
}

// comesLast reports whether the other servers are to be asked first. When the silence
// has lasted long enough one caller is to try the server again.
func (s *server) comesLast() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch {
	case s.silentUntil.IsZero():
		return false
	case now.Before(s.silentUntil):
		return true
	}
	s.silentUntil = now.Add(silentFor)
	return false
}

// prefersTCP reports whether to ask by TCP first.
func (s *server) prefersTCP() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.useTCP || time.Now().Before(s.overTCPUntil)
}

// refusedEDNS notes that the server answers questions without EDNS alone.
func (s *server) refusedEDNS() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plainUntil = time.Now().Add(transportFor)
}

// understandsEDNS reports whether a question may have an OPT record.
func (s *server) understandsEDNS() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !time.Now().Before(s.plainUntil)
}
