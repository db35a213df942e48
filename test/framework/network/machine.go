package network

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// machineLink is what every machine calls its only link.
const machineLink = "eth0"

// Machine is a namespace with a cable to the bridge.
type Machine struct {
	*Namespace
	Addresses
	Name string

	plug netlink.Link // the cable's end at the bridge
	link netlink.Link // its end inside

	lossy bool // Lose was called
}

// AddNode adds the machine that has kube-proxy and the clients. It forwards,
// and has the default route without which kube-proxy serves no node ports.
func (n *Network) AddNode() (*Machine, error) {
	node, err := n.add("node", NodeAddresses())
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
		if err := node.Sysctl(name, "1"); err != nil {
			return nil, err
		}
	}
	via := ControlPlaneAddresses()
	for _, gateway := range []netip.Addr{via.IPv4, via.IPv6} {
		route := netlink.Route{LinkIndex: node.link.Attrs().Index, Gw: gateway.AsSlice()}
		if err := node.links.RouteAdd(&route); err != nil {
			return nil, fmt.Errorf("adding the node's default route: %w", err)
		}
	}
	n.node = node
	return node, nil
}

// AddHost adds an outside host, counted from zero, and announces its hardware address to its clients
// permanently. Otherwise the discovery of a
// neighbour whose cable is pulled fails after three seconds, and what is to
// be a black hole becomes a host that the kernel reports as unreachable.
func (n *Network) AddHost(name string, index int) (*Machine, error) {
	host, err := n.add(name, HostAddresses(index))
	if err != nil {
		return nil, err
	}
	if err := host.introduceTo(n.controlPlane, n.bridge); err != nil {
		return nil, err
	}
	return host, host.introduceTo(n.node.links, n.node.link)
}

// add makes a namespace and plugs it into the bridge.
func (n *Network) add(name string, addresses Addresses) (*Machine, error) {
	namespace, err := newNamespace()
	if err != nil {
		return nil, err
	}
	m := &Machine{Namespace: namespace, Addresses: addresses, Name: name}
	n.machines = append(n.machines, m)

	plugName := fmt.Sprintf("plug%d", len(n.machines))
	cable := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: plugName, MasterIndex: n.bridge.Attrs().Index},
		PeerName:      machineLink,
		PeerNamespace: netlink.NsFd(namespace.handle),
	}
	if err := n.controlPlane.LinkAdd(cable); err != nil {
		return nil, fmt.Errorf("plugging %s into the bridge: %w", name, err)
	}
	m.plug = cable
	if m.link, err = namespace.links.LinkByName(machineLink); err != nil {
		return nil, fmt.Errorf("finding the cable of %s: %w", name, err)
	}
	if err := n.controlPlane.LinkSetUp(cable); err != nil {
		return nil, fmt.Errorf("plugging %s into the bridge: %w", name, err)
	}
	if err := addAddresses(namespace.links, m.link, addresses); err != nil {
		return nil, fmt.Errorf("configuring %s: %w", name, err)
	}
	return m, namespace.up(machineLink)
}
