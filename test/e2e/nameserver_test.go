package e2e

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
	"github.com/external-endpoints/operator/test/cluster/host"
)

// nameserverAddress is where the operator's name server listens.
const nameserverAddress = "127.0.0.53:53"

// refresh is the time between two lookups of the tests' names, the shortest there is.
const refresh = time.Second

// startNameserver starts the name server that every program of the sandbox finds in
// its resolv.conf from now on, as a Pod finds that of its dnsConfig. Both end with
// the sandbox. Tests have names of their own.
var startNameserver = sync.OnceValues(func() (*resolvetest.Server, error) {
	folder, err := os.MkdirTemp("", "resolv")
	if err != nil {
		return nil, err
	}
	address, _, _ := strings.Cut(nameserverAddress, ":")
	file := filepath.Join(folder, "resolv.conf")
	if err := os.WriteFile(file, []byte("nameserver "+address+"\nsearch example.net\n"), 0o644); err != nil {
		return nil, err
	}
	// The sandbox has mounts of its own: the machine's file stays what it is.
	if err := unix.Mount(file, "/etc/resolv.conf", "", unix.MS_BIND, ""); err != nil {
		return nil, err
	}
	return resolvetest.Start(nameserverAddress)
})

// nameserver is the one that the operator asks.
func nameserver(t *testing.T) *resolvetest.Server {
	t.Helper()
	server, err := startNameserver()
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// byName is an ExternalService of the hosts that names lead to, which are asked for
// as often as may be.
func (w *World) byName(object string, names ...string) *v1alpha1.ExternalService {
	o := w.web(object)
	o.Spec.Resolution = v1alpha1.Resolution{MinTTL: "1s", MaxTTL: "2s", Families: nil}
	for _, name := range names {
		o.Spec.Hosts = append(o.Spec.Hosts, v1alpha1.Host{Address: name})
	}
	return o
}

// meaning is what the name server says of a name that leads to these hosts.
func meaning(hosts ...*host.Host) resolvetest.Name {
	name := resolvetest.Name{TTL: 1}
	for _, h := range hosts {
		name.Addresses = append(name.Addresses, h.IPv4)
	}
	return name
}

// leadingTo is what it says of one that leads to these addresses.
func leadingTo(addresses ...string) resolvetest.Name {
	name := resolvetest.Name{TTL: 1}
	for _, a := range addresses {
		name.Addresses = append(name.Addresses, netip.MustParseAddr(a))
	}
	return name
}
