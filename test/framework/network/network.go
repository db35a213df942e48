package network

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
)

const bridgeName = "lab"

// Network is the bridge and what is plugged into it.
type Network struct {
	bridge       netlink.Link
	controlPlane *netlink.Handle
	machines     []*Machine
	node         *Machine
}

// New lays the network out in the calling process's namespace, which becomes
// the control plane's. There is one at a time.
func New() (*Network, error) {
	if _, err := netlink.LinkByName(bridgeName); err == nil {
		return nil, errors.New("a lab is running in this sandbox: stop it before the next one starts")
	}
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: bridgeName}}
	if err := netlink.LinkAdd(bridge); err != nil {
		return nil, fmt.Errorf("making the bridge: %w", err)
	}
	handle, err := netlink.NewHandle()
	if err != nil {
		return nil, fmt.Errorf("looking into the control plane's namespace: %w", err)
	}
	n := &Network{bridge: bridge, controlPlane: handle}
	return n, errors.Join(
		addAddresses(handle, bridge, ControlPlaneAddresses()),
		handle.LinkSetUp(bridge),
	)
}

// Close takes the network down. Namespaces end with their last process, some
// time later, which is why links are removed one by one.
func (n *Network) Close() error {
	defer n.controlPlane.Close()
	var all []error
	for _, m := range n.machines {
		m.Close()
		if m.plug != nil {
			all = append(all, n.controlPlane.LinkDel(m.plug))
		}
	}
	all = append(all, n.controlPlane.LinkDel(n.bridge))
	if err := errors.Join(all...); err != nil {
		return fmt.Errorf("removing the network: %w", err)
	}
	return nil
}

func addAddresses(in *netlink.Handle, link netlink.Link, addresses Addresses) error {
	for _, address := range addresses.all() {
		if err := in.AddrAdd(link, &address); err != nil {
			return fmt.Errorf("adding address %s: %w", address.IPNet, err)
		}
	}
	return nil
}
