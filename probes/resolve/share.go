package resolve

import (
	"slices"
)

// poolKind is one of two pools of lookups. A lookup begins in the quick one. When it takes
// long it goes on in the slow one, where it begins when the last one failed: names that
// hang never keep those waiting that can be resolved.
type poolKind int

const (
	quick poolKind = iota
	slow
	poolKinds int = iota
)

// capacity is how many lookups of each kind may be in flight. Together they are the
// bound of the process: each has a goroutine, a socket, and an answer of up to 64 KiB
// while that is read, which makes some 50 MiB at worst.
var capacity = [poolKinds]int{quick: 64, slow: 192}

// pool shares the capacity of a kind: round robin by namespace, then by object, then in
// the order in which names became due. A namespace may have no more in flight than are
// free, and an object no more than its namespace has left: whatever one of them does, a
// free place is found by the others.
type pool[K comparable] struct {
	free       int
	namespaces map[string]*namespace[K]
	// order are the namespaces with names that wait, the next one first.
	order []string
}

// namespace is what one namespace has in a pool.
type namespace[K comparable] struct {
	inflight int
	objects  map[K]*object[K]
	order    []K // with names that wait, the next one first
}

// object is what one key has in a pool.
type object[K comparable] struct {
	inflight int
	waiting  []*task[K]
}

func newPool[K comparable](capacity int) pool[K] {
	return pool[K]{free: capacity, namespaces: map[string]*namespace[K]{}}
}

// admits reports whether another lookup of the task may begin.
func (p *pool[K]) admits(t *task[K]) bool {
	n := p.namespaces[t.namespace]
	if n == nil {
		return p.free > 0
	}
	inflight := 0
	if o := n.objects[t.entry.key]; o != nil {
		inflight = o.inflight
	}
	return n.inflight < p.free && inflight < p.free-n.inflight
}

// push makes the task wait for its turn.
func (p *pool[K]) push(t *task[K]) {
	n, o := p.of(t)
	if len(n.order) == 0 {
		p.order = append(p.order, t.namespace)
	}
	if len(o.waiting) == 0 {
		n.order = append(n.order, t.entry.key)
	}
	o.waiting = append(o.waiting, t)
}

// remove ends the waiting of a task, if it waits.
func (p *pool[K]) remove(t *task[K]) {
	n := p.namespaces[t.namespace]
	if n == nil || n.objects[t.entry.key] == nil {
		return
	}
	o := n.objects[t.entry.key]
	o.waiting = slices.DeleteFunc(o.waiting, func(other *task[K]) bool { return other == t })
	p.tidy(t)
}

// pop returns the next task that may begin, or nil.
func (p *pool[K]) pop() *task[K] {
	for range len(p.order) {
		n := p.namespaces[p.order[0]]
		p.order = append(p.order[1:], p.order[0])
		for range len(n.order) {
			o := n.objects[n.order[0]]
			n.order = append(n.order[1:], n.order[0])
			if t := o.waiting[0]; p.admits(t) {
				o.waiting = o.waiting[1:]
				p.tidy(t)
				return t
			}
		}
	}
	return nil
}

// begin takes the places of a task, and end gives them back.
func (p *pool[K]) begin(t *task[K]) { p.count(t, t.weight) }

func (p *pool[K]) end(t *task[K]) {
	p.count(t, -t.weight)
	p.tidy(t)
}

func (p *pool[K]) count(t *task[K], places int) {
	n, o := p.of(t)
	p.free -= places
	n.inflight += places
	o.inflight += places
}

// of returns what the task's namespace and object have, which is made if need be.
func (p *pool[K]) of(t *task[K]) (*namespace[K], *object[K]) {
	n := p.namespaces[t.namespace]
	if n == nil {
		n = &namespace[K]{objects: map[K]*object[K]{}}
		p.namespaces[t.namespace] = n
	}
	o := n.objects[t.entry.key]
	if o == nil {
		o = &object[K]{}
		n.objects[t.entry.key] = o
	}
	return n, o
}

// tidy drops what nothing waits for or is in flight of.
func (p *pool[K]) tidy(t *task[K]) {
	n, o := p.of(t)
	if len(o.waiting) == 0 {
		n.order = slices.DeleteFunc(n.order, func(key K) bool { return key == t.entry.key })
		if o.inflight == 0 {
			delete(n.objects, t.entry.key)
		}
	}
	if len(n.order) == 0 {
		p.order = slices.DeleteFunc(p.order, func(name string) bool { return name == t.namespace })
	}
	if len(n.objects) == 0 {
		delete(p.namespaces, t.namespace)
	}
}
