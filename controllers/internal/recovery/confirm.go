package recovery

import (
	"net/netip"

	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/failover"
)

// ConfirmFromSlices takes from the slices which of the unconfirmed endpoints are published. An
// endpoint whose write failed would otherwise count as published, and an outage would keep a dead
// host that never had traffic. An endpoint that is still published must pass the removal gate
// again: the healthy hosts that justified its removal may be gone.
func ConfirmFromSlices(f facts.Facts, m *failover.Previous) {
	if len(m.Unconfirmed) == 0 {
		return
	}
	records := map[netip.AddrPort]bool{}
	for id := range m.Unconfirmed {
		records[netip.AddrPortFrom(id.Address, id.Instance)] = true
	}
	states := publishedStates(f, func(address netip.Addr, number int32) uint16 {
		if records[netip.AddrPortFrom(address, uint16(number))] {
			return uint16(number)
		}
		return 0
	})
	for id := range m.Unconfirmed {
		m.Published[id] = states[id].Ready
	}
	m.Unconfirmed = nil
}
