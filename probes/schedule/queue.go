package schedule

import (
	"container/heap"
	"time"
)

// Item is an entry of a [Queue]. Embed it in what is to be scheduled; the zero
// value is an item that is not queued.
type Item[T any] struct {
	Value T
	due   time.Time
	place int // index in the heap + 1; 0: not queued
}

// Due is when the item is due; meaningless while it is not queued.
func (i *Item[T]) Due() time.Time { return i.due }

// Queued reports whether the item is in a queue.
func (i *Item[T]) Queued() bool { return i.place > 0 }

// Queue orders items by due time. Every operation costs O(log n); nothing is
// done for items that are not due.
type Queue[T any] struct{ items ordered[T] }

// Schedule enqueues the item, or moves it to another deadline.
func (q *Queue[T]) Schedule(item *Item[T], due time.Time) {
	item.due = due
	if item.Queued() {
		q.items[item.place-1].due = due
		heap.Fix(&q.items, item.place-1)
		return
	}
	heap.Push(&q.items, item)
}

// Remove dequeues the item; without effect if it is not queued.
func (q *Queue[T]) Remove(item *Item[T]) {
	if item.Queued() {
		heap.Remove(&q.items, item.place-1)
	}
}

// PopDue removes and returns the earliest item that is due at now, or nil.
func (q *Queue[T]) PopDue(now time.Time) *Item[T] {
	if len(q.items) == 0 || q.items[0].due.After(now) {
		return nil
	}
	return heap.Pop(&q.items).(*Item[T])
}

// Next returns when the earliest item is due; false: the queue is empty.
func (q *Queue[T]) Next() (time.Time, bool) {
	if len(q.items) == 0 {
		return time.Time{}, false
	}
	return q.items[0].due, true
}

// Len is the number of queued items.
func (q *Queue[T]) Len() int { return len(q.items) }

// entry is an item of the heap with its due time: to compare the items themselves would be two cache
// misses for each of the ten comparisons of a dequeue.
type entry[T any] struct {
	due  time.Time
	item *Item[T]
}

// ordered implements heap.Interface.
type ordered[T any] []entry[T]

func (o ordered[T]) Len() int           { return len(o) }
func (o ordered[T]) Less(a, b int) bool { return o[a].due.Before(o[b].due) }
func (o ordered[T]) Swap(a, b int) {
	o[a], o[b] = o[b], o[a]
	o[a].item.place, o[b].item.place = a+1, b+1
}
func (o *ordered[T]) Push(x any) {
	item := x.(*Item[T])
	*o = append(*o, entry[T]{item.due, item})
	item.place = len(*o)
}
func (o *ordered[T]) Pop() any {
	last := len(*o) - 1
	item := (*o)[last].item
	(*o)[last] = entry[T]{}
	*o = (*o)[:last]
	item.place = 0
	return item
}
