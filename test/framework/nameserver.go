package framework

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

// nameserverAddress is where the operator's name server listens.
const nameserverAddress = "127.0.0.53:53"

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

// Nameserver is the one that the operator queries.
func Nameserver(t *testing.T) *resolvetest.Server {
	t.Helper()
	server, err := startNameserver()
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// ByName is an ExternalService of the hosts that names lead to, which are looked up
// as often as allowed.
func (w *World) ByName(object string, names ...string) *v1alpha1.ExternalService {
	o := w.Web(object)
	o.Spec.Resolution = v1alpha1.Resolution{MinTTL: "1s", MaxTTL: "2s", Families: nil}
	for _, name := range names {
		o.Spec.Hosts = append(o.Spec.Hosts, v1alpha1.Host{Address: name})
	}
	return o
}

// LeadingTo is what it says of one that leads to these addresses.
func LeadingTo(addresses ...string) resolvetest.Name {
	name := resolvetest.Name{TTL: 1}
	for _, a := range addresses {
		name.Addresses = append(name.Addresses, netip.MustParseAddr(a))
	}
	return name
}
