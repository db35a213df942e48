package resolve

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	// rereadAfter is how old at most the list of servers is that a lookup uses.
	rereadAfter = 5 * time.Second
	// mostServers is how many of the list are used, as in the C library.
	mostServers = 3
)

var errNoServer = errors.New("no name server")

// servers are those of a resolv.conf. Its search list and options are not used.
type servers struct {
	path string
	port uint16

	mu     sync.Mutex
	list   []netip.AddrPort
	readAt time.Time
}

// get returns the servers in their order. A file that cannot be read for a moment,
// or is empty while it is rewritten, leaves those of before.
func (s *servers) get() ([]netip.AddrPort, error) {
	if list := s.fresh(); len(list) > 0 {
		return list, nil
	}
	// Several lookups may read the file at once; none waits for it under the lock.
	list, err := readServers(s.path, s.port)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readAt = time.Now()
	if err == nil {
		s.list = list
	}
	if len(s.list) == 0 {
		return nil, err
	}
	return s.list, nil
}

// fresh returns the servers when the file has been read lately.
func (s *servers) fresh() []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.readAt) >= rereadAfter {
		return nil
	}
	return s.list
}

func readServers(path string, port uint16) ([]netip.AddrPort, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the list of name servers: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	config, err := dns.ClientConfigFromReader(file)
	if err != nil {
		return nil, fmt.Errorf("read the list of name servers: %w", err)
	}
	var list []netip.AddrPort
	for _, text := range config.Servers {
		if address, err := netip.ParseAddr(text); err == nil && len(list) < mostServers {
			list = append(list, netip.AddrPortFrom(address, port))
		}
	}
	if len(list) == 0 {
		return nil, errNoServer
	}
	return list, nil
}
