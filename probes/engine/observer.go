package engine

import "slices"

// changes are the groups to report to the observer, each once.
type changes []change

type change struct {
	key Key
	// loss: a host may be removed, and not only added.
	loss bool
}

// losses are changes that may remove hosts.
func losses(keys []Key) changes {
	all := make(changes, len(keys))
	for i, key := range keys {
		all[i] = change{key, true}
	}
	return all
}

func (c *changes) add(added change) {
	if i := slices.IndexFunc(*c, func(other change) bool { return other.key == added.key }); i >= 0 {
		(*c)[i].loss = (*c)[i].loss || added.loss
		return
	}
	*c = append(*c, added)
}

func (e *Engine) notify(all changes) {
	for _, c := range all {
		if c.loss {
			e.observer.Lost(c.key)
		} else {
			e.observer.Changed(c.key)
		}
	}
}

// Observer is notified of changes. Its methods are called without any lock held, from the
// goroutine that made the change; they must not block.
type Observer interface {
	// Changed: a verdict of the group, or the evidence for it, has changed in a way that may change the
	// published hosts.
	Changed(Key)
	// Lost: as Changed, and a host may have to be removed. A change that is reported to Lost is
	// not reported to Changed.
	Lost(Key)
	// Broken: a probe could not be carried out (a prober error). It changes no verdict.
	Broken(error)
}
