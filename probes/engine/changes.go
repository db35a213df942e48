package engine

import "slices"

// changes are the groups to tell the observer of, each once.
type changes []change

type change struct {
	key Key
	// loss: a host may go out, and not only come in.
	loss bool
}

// losses are changes by which hosts may go out.
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

func (e *Engine) tell(all changes) {
	for _, c := range all {
		if c.loss {
			e.observer.Lost(c.key)
		} else {
			e.observer.Changed(c.key)
		}
	}
}
