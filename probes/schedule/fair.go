package schedule

import (
	"container/list"
	"iter"
	"time"
)

// Fair is the backlog of throttled items: due, and held back by a rate limit or a limit on probes in
// flight. It is served round robin: one item of each tenant, and within a tenant one of each owner,
// first in, first out. However many items a tenant enqueues, each of n tenants gets every n-th start.
//
// Every operation costs O(1), but [Fair.Pop], which passes over the tenants that are not ready.
// The zero Fair is empty.
type Fair[T, O comparable, V any] struct {
	tenants  list.List // of *tenantQueue; the next to be served is in front
	byTenant map[T]*list.Element
	length   int
}

// tenantQueue holds the items of one tenant.
type tenantQueue[T, O comparable] struct {
	tenant  T
	owners  list.List // of *ownerQueue; the next to be served is in front
	byOwner map[O]*list.Element
}

// ownerQueue holds the items of one owner, oldest first.
type ownerQueue[O comparable] struct {
	owner O
	items list.List // of *Ticket
}

// Ticket is the place of an item in a [Fair] queue.
type Ticket[T, O comparable, V any] struct {
	Value V
	// Since is when the item was queued.
	Since  time.Time
	tenant T
	owner  O
	place  *list.Element
}

// Len is the number of queued items.
func (f *Fair[T, O, V]) Len() int { return f.length }

// Push enqueues an item behind the others of its owner.
func (f *Fair[T, O, V]) Push(tenant T, owner O, value V, since time.Time) *Ticket[T, O, V] {
	if f.byTenant == nil {
		f.byTenant = map[T]*list.Element{}
	}
	if f.byTenant[tenant] == nil {
		f.byTenant[tenant] = f.tenants.PushBack(&tenantQueue[T, O]{tenant: tenant, byOwner: map[O]*list.Element{}})
	}
	t := f.byTenant[tenant].Value.(*tenantQueue[T, O])
	if t.byOwner[owner] == nil {
		t.byOwner[owner] = t.owners.PushBack(&ownerQueue[O]{owner: owner})
	}
	ticket := &Ticket[T, O, V]{Value: value, Since: since, tenant: tenant, owner: owner}
	ticket.place = t.byOwner[owner].Value.(*ownerQueue[O]).items.PushBack(ticket)
	f.length++
	return ticket
}

// Pop dequeues the next item of a tenant that is ready, or returns nil.
func (f *Fair[T, O, V]) Pop(ready func(T) bool) *Ticket[T, O, V] {
	for e := f.tenants.Front(); e != nil; e = e.Next() {
		t := e.Value.(*tenantQueue[T, O])
		if !ready(t.tenant) {
			continue
		}
		owner := t.owners.Front()
		ticket := owner.Value.(*ownerQueue[O]).items.Front().Value.(*Ticket[T, O, V])
		// Round robin: the remaining items of both are queued behind the others.
		t.owners.MoveToBack(owner)
		f.tenants.MoveToBack(e)
		f.Remove(ticket)
		return ticket
	}
	return nil
}

// Remove deletes a queued item.
func (f *Fair[T, O, V]) Remove(ticket *Ticket[T, O, V]) {
	tenant := f.byTenant[ticket.tenant]
	t := tenant.Value.(*tenantQueue[T, O])
	owner := t.byOwner[ticket.owner]
	o := owner.Value.(*ownerQueue[O])
	o.items.Remove(ticket.place)
	f.length--
	if o.items.Len() > 0 {
		return
	}
	t.owners.Remove(owner)
	delete(t.byOwner, ticket.owner)
	if t.owners.Len() > 0 {
		return
	}
	f.tenants.Remove(tenant)
	delete(f.byTenant, ticket.tenant)
}

// Oldest yields every owner with the time when its oldest item was enqueued.
func (f *Fair[T, O, V]) Oldest() iter.Seq2[O, time.Time] {
	return func(yield func(O, time.Time) bool) {
		for tenant := f.tenants.Front(); tenant != nil; tenant = tenant.Next() {
			owners := &tenant.Value.(*tenantQueue[T, O]).owners
			for owner := owners.Front(); owner != nil; owner = owner.Next() {
				o := owner.Value.(*ownerQueue[O])
				if !yield(o.owner, o.items.Front().Value.(*Ticket[T, O, V]).Since) {
					return
				}
			}
		}
	}
}
