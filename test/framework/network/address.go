package network

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The lab's networks and their machines, by number.
var (
	IPv4Network = netip.MustParsePrefix("192.0.2.0/24")
	IPv6Network = netip.MustParsePrefix("2001:db8::/64")
)

const (
	controlPlaneNumber = 1
	nodeNumber         = 10
	firstHostNumber    = 101
	// MaxHosts is how many outside hosts the IPv4 network has room for.
	MaxHosts = 254 - firstHostNumber + 1
)

// Addresses are those of one machine.
type Addresses struct{ IPv4, IPv6 netip.Addr }

// number gives the machine with a number its addresses; both are written with
// the same digits, 192.0.2.101 and 2001:db8::101.
func number(n int) Addresses {
	return Addresses{
		IPv4: netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", n)),
		IPv6: netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", n)),
	}
}

// ControlPlaneAddresses is where the API server listens.
func ControlPlaneAddresses() Addresses { return number(controlPlaneNumber) }

// NodeAddresses is where kube-proxy and the clients are.
func NodeAddresses() Addresses { return number(nodeNumber) }

// HostAddresses are those of an outside host, counted from zero.
func HostAddresses(index int) Addresses { return number(firstHostNumber + index) }

func (a Addresses) all() []netlink.Addr {
	return []netlink.Addr{onLink(a.IPv4, IPv4Network.Bits()), onLink(a.IPv6, IPv6Network.Bits())}
}

// onLink is an address that is usable at once: without IPv6's second of
// duplicate detection.
func onLink(address netip.Addr, bits int) netlink.Addr {
	flags := 0
	if address.Is6() {
		flags = unix.IFA_F_NODAD
	}
	return netlink.Addr{
		IPNet: &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(bits, address.BitLen())},
		Flags: flags,
	}
}
