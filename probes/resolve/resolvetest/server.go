package resolvetest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// Server answers over UDP and TCP, on one address. Its methods may be called from
// any goroutine.
type Server struct {
	udp, tcp *dns.Server
	address  netip.AddrPort
	done     sync.WaitGroup

	mu      sync.Mutex
	names   map[script]Name
	cursors map[script]int
	queries map[script]int
}

// script is a name and a kind of record; kind 0: all kinds without one of their own.
type script struct {
	name string
	kind uint16
}

// Start serves on an address like "127.0.0.1:0" or "192.0.2.53:53". A name that is
// not set does not exist.
func Start(address string) (*Server, error) {
	listener, packets, err := listen(address)
	if err != nil {
		return nil, err
	}
	s := &Server{
		address: listener.Addr().(*net.TCPAddr).AddrPort(),
		names:   map[script]Name{},
		cursors: map[script]int{},
		queries: map[script]int{},
	}
	s.udp = &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(s.answer)}
	s.tcp = &dns.Server{Listener: listener, Handler: dns.HandlerFunc(s.answer)}
	var started sync.WaitGroup
	for _, server := range []*dns.Server{s.udp, s.tcp} {
		started.Add(1)
		server.NotifyStartedFunc = started.Done
		s.done.Go(func() { _ = server.ActivateAndServe() }) // ends with Close
	}
	started.Wait()
	return s, nil
}

// listen opens the same port for both transports. One that the kernel chose for
// TCP may be taken for UDP, so it is tried again.
func listen(address string) (net.Listener, net.PacketConn, error) {
	const tries = 20
	var failures error
	for range tries {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return nil, nil, fmt.Errorf("listen for DNS over TCP: %w", err)
		}
		packets, err := net.ListenPacket("udp", listener.Addr().String())
		if err == nil {
			return listener, packets, nil
		}
		failures = errors.Join(failures, err, listener.Close())
	}
	return nil, nil, fmt.Errorf("listen for DNS over UDP: %w", failures)
}

// AddrPort is where the server listens.
func (s *Server) AddrPort() netip.AddrPort { return s.address }

// Close ends the server.
func (s *Server) Close() error {
	err := errors.Join(s.udp.Shutdown(), s.tcp.Shutdown())
	s.done.Wait()
	return err
}

// Set says what the name is from now on, for every kind of record.
func (s *Server) Set(name string, n Name) { s.SetKind(name, dns.TypeNone, n) }

// SetKind says what the name is for one kind of record, such as dns.TypeAAAA.
// [Server.Set] does not change that.
func (s *Server) SetKind(name string, kind uint16, n Name) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names[script{canonical(name), kind}] = n
}

// Unset makes the name one that does not exist.
func (s *Server) Unset(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.names {
		if key.name == canonical(name) {
			delete(s.names, key)
		}
	}
}

// Queries is how often the name has been asked for one kind of record.
func (s *Server) Queries(name string, kind uint16) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queries[script{canonical(name), kind}]
}

func canonical(name string) string { return strings.ToLower(dns.Fqdn(name)) }

// lockedFind returns what the name is for this kind.
func (s *Server) lockedFind(name string, kind uint16) (Name, bool) {
	if n, found := s.names[script{canonical(name), kind}]; found {
		return n, true
	}
	n, found := s.names[script{canonical(name), dns.TypeNone}]
	return n, found
}
