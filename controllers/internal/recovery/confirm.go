package recovery

import (
	"net/netip"

	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/failover"
)

// ConfirmFromSlices has the slices say who of the doubted is published. A host that never was,
// and fails meanwhile, would otherwise be kept for what it never had: an outage would
// put a dead host in. And one that is published still has to pass the gate again: who
// spoke against it then, and was to stand in for it, may be gone.
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
