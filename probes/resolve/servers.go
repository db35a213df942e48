package resolve

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Settings of a server are used for so long, and then tried again as at first.
const (
	// silentFor is how long a server that did not answer comes after the others. When it has
	// passed one lookup tries the server, and others go on with the rest.
	silentFor = 30 * time.Second
	// transportFor is how long TCP is tried first, or EDNS left out.
	transportFor = 5 * time.Minute
)

// server is one name server, and what its answers have shown of it.
type server struct {
	address netip.AddrPort
	timeout time.Duration
	// useTCP: resolv.conf says use-vc.
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

// silent records that a question of that time was not answered. A name that hangs is no evidence
// against a server that has answered another question since.
func (s *server) silent(since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answeredAt.Before(since) {
		s.silentUntil = time.Now().Add(silentFor)
	}
}

// isSilent reports whether the other servers are tried first. When the server has been silent long
// enough, one caller gets false, to try it again.
func (s *server) isSilent() bool {
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

// prefersTCP reports whether TCP is tried first.
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

const (
	// rereadAfter is how old at most the list of servers is that a lookup uses.
	rereadAfter = 5 * time.Second
	// maxServers is how many of the list are used, as in the C library.
	maxServers = 3
	// perTry is how long one server may take for one answer unless the list says
	// otherwise, maxTimeout how many seconds it may say.
	perTry     = 2 * time.Second
	maxTimeout = 5
	// attempts is how often the list of servers is gone through unless it says otherwise:
	// one lost packet must not make a name stale. maxAttempts is how many it may say.
	attempts    = 2
	maxAttempts = 5
)

var errNoServer = errors.New("no name server")

// servers are those of a resolv.conf. Its search list is not used.
type servers struct {
	path string
	port uint16

	mu     sync.Mutex
	list   serverList
	readAt time.Time
	turn   int
}

// serverList is what a resolv.conf says.
type serverList struct {
	servers  []*server
	attempts int
	rotate   bool
}

// get returns the servers in the order in which they are tried, and how often. A file that cannot
// be read, or is empty while it is rewritten, leaves the previous ones.
func (s *servers) get() (list []*server, attempts int, err error) {
	current, fresh := s.current()
	if !fresh {
		// Several lookups may read the file at once; none waits for it under the lock.
		read, err := readServers(s.path, s.port)
		if current = s.replace(read); len(current.servers) == 0 {
			return nil, 0, err
		}
	}
	return s.inOrder(current), current.attempts, nil
}

// inOrder puts servers that are known to be silent behind the others, so that a dead
// first one does not cost every lookup its timeout.
func (s *servers) inOrder(current serverList) []*server {
	list := slices.Clone(current.servers)
	if current.rotate {
		s.mu.Lock()
		start := s.turn % len(list)
		s.turn++
		s.mu.Unlock()
		list = slices.Concat(list[start:], list[:start])
	}
	var last []*server
	list = slices.DeleteFunc(list, func(candidate *server) bool {
		if !candidate.isSilent() {
			return false
		}
		last = append(last, candidate)
		return true
	})
	return append(list, last...)
}

// current returns the list, and whether the file has been read lately.
func (s *servers) current() (serverList, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list, len(s.list.servers) > 0 && time.Since(s.readAt) < rereadAfter
}

// replace puts what was read in the place of the list. Servers that both have are kept
// with what is known of them.
func (s *servers) replace(read serverList) serverList {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readAt = time.Now()
	if len(read.servers) == 0 {
		return s.list
	}
	for i, candidate := range read.servers {
		for _, known := range s.list.servers {
			if known.address == candidate.address && known.timeout == candidate.timeout && known.useTCP == candidate.useTCP {
				read.servers[i] = known
			}
		}
	}
	s.list = read
	return read
}

func readServers(path string, port uint16) (serverList, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return serverList{}, fmt.Errorf("read the list of name servers: %w", err)
	}
	config, err := dns.ClientConfigFromReader(bytes.NewReader(text))
	if err != nil {
		return serverList{}, fmt.Errorf("read the list of name servers: %w", err)
	}
	o := optionsIn(string(text))
	list := serverList{attempts: o.attempts, rotate: o.rotate}
	for _, text := range config.Servers {
		if address, err := netip.ParseAddr(text); err == nil && len(list.servers) < maxServers {
			list.servers = append(list.servers,
				&server{address: netip.AddrPortFrom(address, port), timeout: o.timeout, useTCP: o.useTCP})
		}
	}
	if len(list.servers) == 0 {
		return serverList{}, errNoServer
	}
	return list, nil
}

// resolvOptions are the options of a resolv.conf that matter here.
type resolvOptions struct {
	timeout  time.Duration
	attempts int
	rotate   bool
	useTCP   bool
}

// optionsIn reads the lines that begin with "options", as resolv.conf(5) has them.
// Timeouts are bounded more tightly than there: a name is given 10 s in all.
func optionsIn(text string) resolvOptions {
	o := resolvOptions{timeout: perTry, attempts: attempts}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "options" {
			continue
		}
		for _, field := range fields[1:] {
			option, value, _ := strings.Cut(field, ":")
			number, err := strconv.Atoi(value)
			switch {
			case option == "timeout" && err == nil:
				o.timeout = time.Duration(min(max(number, 1), maxTimeout)) * time.Second
			case option == "attempts" && err == nil:
				o.attempts = min(max(number, 1), maxAttempts)
			case option == "rotate":
				o.rotate = true
			case option == "use-vc":
				o.useTCP = true
			}
		}
	}
	return o
}
