package resolve

import (
	"fmt"
	"net/netip"
	"time"
)

// NewServers returns how a list of servers is read, as text.
func NewServers(path string) func() (string, error) {
	s := &servers{path: path, port: 53}
	return func() (string, error) {
		list, _, err := s.get()
		var addresses []netip.AddrPort
		for _, server := range list {
			addresses = append(addresses, server.address)
		}
		return fmt.Sprint(addresses), err
	}
}

// ListOptions are the options of a resolv.conf.
type ListOptions struct {
	Timeout     time.Duration
	Attempts    int
	Rotate, TCP bool
}

// OptionsIn reads them.
func OptionsIn(text string) ListOptions {
	o := optionsIn(text)
	return ListOptions{Timeout: o.timeout, Attempts: o.attempts, Rotate: o.rotate, TCP: o.useTCP}
}
