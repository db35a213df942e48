package consistency

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// scope is a set of objects that are read together: one object, or the slices of
// one Service.
type scope struct {
	kind, namespace, name string
}

// entry is what the server last answered about one object.
type entry struct {
	resourceVersion string
	uid             types.UID
	deleted         bool
}

// Tracker holds our own writes that the cache has not shown yet.
type Tracker struct {
	mu     sync.Mutex
	scopes map[scope]map[string]entry
	// invalid are scopes for which the cache may be stale or wrong.
	invalid map[scope]struct{}
	// inFlight are the writes whose answers are not there yet.
	inFlight map[*inFlightWrite]struct{}
	// firsts are the versions that the server gave to our first write of each kind.
	firsts map[string]string
}

// NewTracker returns an empty tracker.
func NewTracker() *Tracker {
	return &Tracker{
		scopes:   map[scope]map[string]entry{},
		invalid:  map[scope]struct{}{},
		inFlight: map[*inFlightWrite]struct{}{},
		firsts:   map[string]string{},
	}
}

// record records the server's answer to a write, or a newer state read from it.
func (l *Tracker) record(s scope, object client.Object, deleted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries := l.scopes[s]
	if entries == nil {
		entries = map[string]entry{}
		l.scopes[s] = entries
	}
	entries[object.GetName()] = entry{
		resourceVersion: object.GetResourceVersion(),
		uid:             object.GetUID(),
		deleted:         deleted,
	}
}

// invalidate makes the next read of the scope live, whatever the cache has.
func (l *Tracker) invalidate(s scope) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.invalid[s] = struct{}{}
}

// isFresh reports whether what the cache holds of the scope, by name, is as new
// as our own writes, and forgets those that it shows.
func (l *Tracker) isFresh(s scope, cached map[string]client.Object) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, invalid := l.invalid[s]; invalid {
		return false
	}
	entries := l.scopes[s]
	for name, e := range entries {
		if !e.shownBy(cached[name]) {
			return false
		}
		delete(entries, name)
	}
	delete(l.scopes, s)
	return true
}

// shownBy reports whether a cached object (nil: not in the cache) is at least as
// new as the entry.
func (e entry) shownBy(cached client.Object) bool {
	switch {
	case cached == nil:
		return e.deleted
	case cached.GetUID() != e.uid:
		// Another object of that name: it is newer than one that we deleted. Whether it is newer
		// than one that we wrote cannot be decided, so the next read is live.
		return e.deleted
	case e.deleted:
		return false
	}
	order, err := resourceversion.CompareResourceVersion(cached.GetResourceVersion(), e.resourceVersion)
	return err == nil && order >= 0
}

// observeLive takes over what the server itself just showed of the scope: the cache
// has to catch up with that, and what is gone there is gone.
func (l *Tracker) observeLive(s scope, live map[string]client.Object) {
	for _, object := range live {
		l.record(s, object, false)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.invalid, s)
	for name, e := range l.scopes[s] {
		if live[name] == nil {
			e.deleted = true
			l.scopes[s][name] = e
		}
	}
}

// isOwnWrite reports whether an object in a watch event is one of our own writes, which must enqueue
// nothing. While a write of it is in flight the event is held, and the response decides.
func (l *Tracker) isOwnWrite(s scope, object client.Object) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, known := l.scopes[s][object.GetName()]
	if known && !e.deleted && e.resourceVersion == object.GetResourceVersion() {
		return true
	}
	return l.holdEvent(s, object)
}

// since reports whether an object is newer than our first write of its kind.
func (l *Tracker) since(object client.Object) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first, written := l.firsts[resourceOf(object)]
	if !written {
		return false
	}
	order, err := resourceversion.CompareResourceVersion(object.GetResourceVersion(), first)
	return err == nil && order > 0
}

// forget drops the entries of scopes that are not read any more.
func (l *Tracker) forget(scopes ...scope) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range scopes {
		delete(l.scopes, s)
		delete(l.invalid, s)
	}
}

// Len is the number of scopes of which anything is noted: a leak would show here.
func (l *Tracker) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[scope]struct{}, len(l.scopes)+len(l.invalid))
	for s := range l.scopes {
		all[s] = struct{}{}
	}
	for s := range l.invalid {
		all[s] = struct{}{}
	}
	return len(all)
}
