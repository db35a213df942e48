package engine

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes/evidence"
)

// group is what the engine probes for one owner.
type group struct {
	evidence.Group
	key      Key
	counters *groupCounters
	tenant   *tenant
	// interval is the shortest of the members.
	interval time.Duration
}

func newGroup(key Key, counters *groupCounters, t *tenant) *group {
	g := &group{Group: *evidence.NewGroup(nil), key: key, counters: counters, tenant: t}
	g.Owner = g
	return g
}

// groupOf returns the group of a member.
func groupOf(m *evidence.Member) *group { return m.Group().Owner.(*group) }

// keysOf returns the keys of the groups, sorted.
func keysOf(groups []*evidence.Group) []Key {
	if len(groups) == 0 {
		return nil
	}
	keys := make([]Key, len(groups))
	for i, g := range groups {
		keys[i] = g.Owner.(*group).key
	}
	slices.SortFunc(keys, Key.Compare)
	return keys
}
