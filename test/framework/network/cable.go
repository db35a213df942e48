package network

import (
	"fmt"

	"github.com/vishvananda/netlink"
)

// introduceTo announces on the bridge the machine's hardware address.
func (m *Machine) introduceTo(handle *netlink.Handle, link netlink.Link) error {
	for _, address := range m.all() {
		neighbour := netlink.Neigh{
			LinkIndex:    link.Attrs().Index,
			State:        netlink.NUD_PERMANENT,
			IP:           address.IP,
			HardwareAddr: m.link.Attrs().HardwareAddr,
		}
		if err := handle.NeighSet(&neighbour); err != nil {
			return fmt.Errorf("introducing %s: %w", m.Name, err)
		}
	}
	return nil
}

// Unplug pulls the cable at the bridge: what is sent to the machine vanishes.
func (m *Machine) Unplug() error {
	if err := netlink.LinkSetDown(m.plug); err != nil {
		return fmt.Errorf("unplugging %s: %w", m.Name, err)
	}
	return nil
}

// Restore puts the cable back and takes all packets again.
func (m *Machine) Restore() error {
	if err := netlink.LinkSetUp(m.plug); err != nil {
		return fmt.Errorf("plugging in %s: %w", m.Name, err)
	}
	return m.loseNone()
}
