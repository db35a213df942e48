package failover

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/vishvananda/netlink"

	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

// outsidePrefix has the addresses of hosts that are more than the lab has room for. They
// are those of the operator's own namespace.
const outsidePrefix = "198.18.0.0/15"

// firstOutside is the first address of a host, and outsideZone that of a zone.
const firstOutside, outsideZone = "198.19.0.1", "198.18.0.0"

// addOutside makes every address of the prefix local: on the loopback a prefix does so.
var addOutside = sync.OnceValue(func() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find the loopback: %w", err)
	}
	prefix, err := netlink.ParseAddr(outsidePrefix)
	if err != nil {
		return err
	}
	return netlink.AddrAdd(lo, prefix)
})

// outside are so many addresses of hosts.
func outside(t *testing.T, count int) []netip.Addr {
	t.Helper()
	if err := addOutside(); err != nil {
		t.Fatal(err)
	}
	return resolvetest.Many(netip.MustParseAddr(firstOutside), count)
}

// listen handles the connections to a port of all addresses until the test ends. A
// connection stays open until the other side closes it.
func listen(t *testing.T, port int32, handle func(net.Conn)) {
	t.Helper()
	listener, err := net.Listen("tcp4", fmt.Sprintf(":%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
}
