package consistency

import (
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// inFlightWrite is a write in flight. Its watch event often arrives before the response, and until then
// our own write cannot be distinguished from another writer's.
type inFlightWrite struct {
	scope scope
	name  string
	// version is that of the object before.
	version string
	// announced is what the cache announced of the object last, since the write began.
	announced client.Object
}

// begin says that the object is being written.
func (l *Tracker) begin(object client.Object) *inFlightWrite {
	w := &inFlightWrite{scope: scopeOf(object), name: object.GetName(), version: object.GetResourceVersion()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight[w] = struct{}{}
	return w
}

// answered ends a write that the API server accepted: the response is the object. foreign is a held
// event that is not that write; nil: there was none.
func (l *Tracker) answered(w *inFlightWrite, object client.Object, deleted bool) (foreign client.Object) {
	l.record(w.scope, object, deleted)
	if version := object.GetResourceVersion(); version != w.version {
		l.begun(w.scope.kind, version)
	}
	announced := l.end(w)
	if announced == nil || !deleted && !newer(announced, object) {
		return nil
	}
	return announced
}

// begun notes the first version of a kind that we have written. A deletion gives none, nor
// does a write that the server found to change nothing: it answers with an old one.
func (l *Tracker) begun(kind, version string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, before := l.firsts[kind]; !before {
		l.firsts[kind] = version
	}
}

// failed ends a write that the API server rejected, or did not answer. foreign is a held event; nil:
// there was none.
func (l *Tracker) failed(w *inFlightWrite) (foreign client.Object) { return l.end(w) }

func (l *Tracker) end(w *inFlightWrite) (announced client.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.inFlight, w)
	return w.announced
}

// holdEvent keeps an announcement until the answer to a write of that object is there, and
// reports whether there is one under way.
func (l *Tracker) holdEvent(s scope, object client.Object) bool {
	held := false
	for w := range l.inFlight {
		if w.scope == s && w.name == object.GetName() {
			w.announced = object
			held = true
		}
	}
	return held
}

// newer reports whether an announced object may be newer than one of ours.
func newer(announced, ours client.Object) bool {
	order, err := resourceversion.CompareResourceVersion(announced.GetResourceVersion(), ours.GetResourceVersion())
	return err != nil || order > 0
}
