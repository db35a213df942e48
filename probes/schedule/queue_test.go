package schedule_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes/schedule"
)

type item = schedule.Item[int]

func TestQueueEmptyHasNothingDue(t *testing.T) {
	var queue schedule.Queue[int]
	if got := queue.PopDue(tenOClock); got != nil {
		t.Errorf("popped %v", got)
	}
	if next, planned := queue.Next(); planned {
		t.Errorf("next at %s", next)
	}
}

func TestQueueItemIsDueAtItsTime(t *testing.T) {
	var queue schedule.Queue[int]
	var only item
	queue.Schedule(&only, tenOClock)

	if got := queue.PopDue(tenOClock.Add(-1)); got != nil {
		t.Error("popped before it is due")
	}
	if got := queue.PopDue(tenOClock); got != &only || only.Queued() {
		t.Errorf("popped %p, still queued: %t", got, only.Queued())
	}
}

func TestQueueRemoveOfAbsentItem(t *testing.T) {
	var queue schedule.Queue[int]
	var queued, stranger item
	queue.Schedule(&queued, tenOClock)

	queue.Remove(&stranger)

	if queue.Len() != 1 || !queued.Queued() {
		t.Errorf("%d queued", queue.Len())
	}
}

// model is a queue as a plain list.
type model struct {
	queue schedule.Queue[int]
	items []*item
	due   map[*item]time.Time
}

// next is the earliest due time in the list.
func (m *model) next() (earliest time.Time, planned bool) {
	for _, due := range m.due {
		if !planned || due.Before(earliest) {
			earliest, planned = due, true
		}
	}
	return earliest, planned
}

func (m *model) check(t *rapid.T) {
	if m.queue.Len() != len(m.due) {
		t.Fatalf("%d queued, want %d", m.queue.Len(), len(m.due))
	}
	for _, i := range m.items {
		due, queued := m.due[i]
		if i.Queued() != queued || queued && !i.Due().Equal(due) {
			t.Fatalf("item %d: queued %t for %s, want %t for %s", i.Value, i.Queued(), i.Due(), queued, due)
		}
	}
	next, planned := m.queue.Next()
	if want, any := m.next(); planned != any || !next.Equal(want) {
		t.Fatalf("next %s (%t), want %s (%t)", next, planned, want, any)
	}
}

func (m *model) popDue(t *rapid.T) {
	now := drawTime(t)
	earliest, planned := m.next()
	got := m.queue.PopDue(now)
	switch {
	case !planned || earliest.After(now):
		if got != nil {
			t.Fatalf("popped an item due %s at %s", got.Due(), now)
		}
	case got == nil:
		t.Fatalf("nothing popped at %s, though something is due %s", now, earliest)
	case !m.due[got].Equal(earliest):
		t.Fatalf("popped an item due %s before one due %s", m.due[got], earliest)
	default:
		delete(m.due, got)
	}
}

func drawTime(t *rapid.T) time.Time {
	return tenOClock.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "second")) * time.Second)
}

func TestQueueMatchesOrderedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{due: map[*item]time.Time{}}
		for value := range 12 {
			m.items = append(m.items, &item{Value: value})
		}
		t.Repeat(map[string]func(*rapid.T){
			"": m.check,
			"schedule": func(t *rapid.T) {
				i, due := rapid.SampledFrom(m.items).Draw(t, "item"), drawTime(t)
				m.queue.Schedule(i, due)
				m.due[i] = due
			},
			"remove": func(t *rapid.T) {
				i := rapid.SampledFrom(m.items).Draw(t, "item")
				m.queue.Remove(i)
				delete(m.due, i)
			},
			"pop": m.popDue,
		})
	})
}

func TestQueueReturnsItemsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var queue schedule.Queue[int]
		for range rapid.IntRange(0, 50).Draw(t, "items") {
			queue.Schedule(&item{}, drawTime(t))
		}
		var popped []time.Time
		for i := queue.PopDue(tenOClock.Add(time.Hour)); i != nil; i = queue.PopDue(tenOClock.Add(time.Hour)) {
			popped = append(popped, i.Due())
		}
		if queue.Len() != 0 || !slices.IsSortedFunc(popped, time.Time.Compare) {
			t.Fatalf("%d left, popped %v", queue.Len(), popped)
		}
	})
}
