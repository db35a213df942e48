package schedule_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/schedule"
)

// fair is a queue whose items are named "tenant/owner/item".
type fair struct {
	schedule.Fair[string, string, string]
	tickets map[string]*schedule.Ticket[string, string, string]
}

func newFair(items ...string) *fair {
	f := &fair{tickets: map[string]*schedule.Ticket[string, string, string]{}}
	for i, item := range items {
		f.push(item, time.Unix(int64(i), 0))
	}
	return f
}

func (f *fair) push(item string, since time.Time) {
	parts := strings.Split(item, "/")
	f.tickets[item] = f.Push(parts[0], parts[1], item, since)
}

func (f *fair) popAll(ready func(string) bool) []string {
	var order []string
	for t := f.Pop(ready); t != nil; t = f.Pop(ready) {
		order = append(order, t.Value)
	}
	return order
}

func anyTenant(string) bool { return true }

func TestFairServesTenantsThenOwnersInTurn(t *testing.T) {
	tests := []struct {
		name   string
		queued []string
		ready  func(string) bool
		want   []string
	}{
		{"an empty queue", nil, anyTenant, nil},
		{
			"one owner is served first in, first out",
			[]string{"a/x/1", "a/x/2", "a/x/3"}, anyTenant, []string{"a/x/1", "a/x/2", "a/x/3"},
		},
		{
			"a tenant that queues one item waits for one item of the tenant before it",
			[]string{"a/x/1", "a/x/2", "a/x/3", "b/y/1"}, anyTenant, []string{"a/x/1", "b/y/1", "a/x/2", "a/x/3"},
		},
		{
			"many owners of one tenant get no more than one",
			[]string{"a/x/1", "a/y/1", "a/z/1", "b/w/1", "b/w/2"}, anyTenant, []string{"a/x/1", "b/w/1", "a/y/1", "b/w/2", "a/z/1"},
		},
		{
			"owners of one tenant share its turns",
			[]string{"a/x/1", "a/x/2", "a/x/3", "a/y/1", "a/y/2"}, anyTenant, []string{"a/x/1", "a/y/1", "a/x/2", "a/y/2", "a/x/3"},
		},
		{
			"owners of the same name in two tenants are two",
			[]string{"a/x/1", "a/x/2", "b/x/1", "b/x/2"}, anyTenant, []string{"a/x/1", "b/x/1", "a/x/2", "b/x/2"},
		},
		{
			"a tenant that is not ready is passed over",
			[]string{"a/x/1", "b/y/1", "c/z/1"}, func(tenant string) bool { return tenant != "a" }, []string{"b/y/1", "c/z/1"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFair(tt.queued...)
			if diff := cmp.Diff(tt.want, f.popAll(tt.ready)); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
			if left := len(tt.queued) - len(tt.want); f.Len() != left {
				t.Errorf("%d items are left, want %d", f.Len(), left)
			}
		})
	}
}

// A tenant that is served must not be in front again when it queues more.
func TestFairServedTenantQueuesBehindTheOthers(t *testing.T) {
	f := newFair("a/x/1", "a/x/2", "b/y/1", "b/y/2")
	var order []string
	for i := range 4 {
		order = append(order, f.Pop(anyTenant).Value)
		f.push("a/x/more", time.Unix(int64(i), 0))
	}
	if diff := cmp.Diff([]string{"a/x/1", "b/y/1", "a/x/2", "b/y/2"}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestFairTenantThatWasNotReadyKeepsItsTurn(t *testing.T) {
	f := newFair("a/x/1", "b/y/1", "b/y/2")
	f.Pop(func(tenant string) bool { return tenant == "b" })
	if got := f.Pop(anyTenant).Value; got != "a/x/1" {
		t.Errorf("%s is served before the tenant that was passed over", got)
	}
}

func TestFairRemovedItemIsNotServed(t *testing.T) {
	items := []string{"a/x/1", "a/x/2", "a/y/1", "b/z/1"}
	for _, removed := range items {
		f := newFair(items...)
		f.Remove(f.tickets[removed])
		want := slices.DeleteFunc(slices.Clone(items), func(item string) bool { return item == removed })
		got := f.popAll(anyTenant)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("without %s (-want +got):\n%s", removed, diff)
		}
	}
}

func TestFairOldestIsOfEachOwner(t *testing.T) {
	f := newFair("a/x/1", "a/x/2", "b/y/1", "b/y/2")
	f.Remove(f.tickets["b/y/1"])
	got := map[string]int64{}
	for owner, since := range f.Oldest() {
		got[owner] = since.Unix()
	}
	if diff := cmp.Diff(map[string]int64{"x": 0, "y": 3}, got); diff != "" {
		t.Errorf("oldest (-want +got):\n%s", diff)
	}
}

// Whatever is queued and removed, between two items of a tenant that waits there is never more
// than one of each other tenant, and nothing is lost.
func TestFairRandomOperations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	f := newFair()
	queued := map[string]int{} // by tenant
	passed := map[string]map[string]int{}
	for step := range 20_000 {
		tenant := string(rune('a' + random.IntN(5)))
		if random.IntN(2) == 0 {
			f.push(tenant+"/"+string(rune('x'+random.IntN(3)))+"/1", time.Unix(int64(step), 0))
			if queued[tenant]++; queued[tenant] == 1 {
				passed[tenant] = map[string]int{}
			}
			continue
		}
		ticket := f.Pop(anyTenant)
		if ticket == nil {
			if f.Len() != 0 {
				t.Fatalf("step %d: nothing of %d is served", step, f.Len())
			}
			continue
		}
		served := ticket.Value[:1]
		queued[served]--
		passed[served] = map[string]int{}
		for other, count := range queued {
			if other == served || count == 0 {
				continue
			}
			if passed[other][served]++; passed[other][served] > 1 {
				t.Fatalf("step %d: tenant %s is served twice while %s waits", step, served, other)
			}
		}
	}
}
