package consistency

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func named(objects ...client.Object) map[string]client.Object {
	byName := map[string]client.Object{}
	for _, o := range objects {
		byName[o.GetName()] = o
	}
	return byName
}

func TestLedgerFreshness(t *testing.T) {
	another := func(version string) *corev1.Service {
		s := aService(version)
		s.UID = "service-2"
		return s
	}
	tests := []struct {
		name    string
		written client.Object
		deleted bool
		cached  client.Object
		want    bool
	}{
		{"nothing was written", nil, false, nil, true},
		{"it shows the write", aService("20"), false, aService("20"), true},
		{"it shows something newer", aService("20"), false, aService("100"), true},
		{"it shows something older", aService("20"), false, aService("9"), false},
		{"it shows a version that cannot be compared", aService("20"), false, aService("x"), false},
		{"it does not show what was created", aService("20"), false, nil, false},
		{"it shows another object of that name", aService("20"), false, another("100"), false},
		{"it shows no more what was deleted", aService("20"), true, nil, true},
		{"it still shows what was deleted", aService("20"), true, aService("20"), false},
		{"it shows the successor of what was deleted", aService("20"), true, another("30"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := NewTracker()
			if tt.written != nil {
				l.record(serviceScope, tt.written, tt.deleted)
			}
			cached := named()
			if tt.cached != nil {
				cached = named(tt.cached)
			}
			if got := l.isFresh(serviceScope, cached); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
			if tt.want && len(l.scopes) > 0 {
				t.Errorf("it keeps %v", l.scopes)
			}
			if tt.want && !l.isFresh(serviceScope, named()) {
				t.Error("what was caught up with once counts again")
			}
		})
	}
}

func TestLedgerScopeIsFreshWhenAllObjectsAre(t *testing.T) {
	l, s := NewTracker(), scopeOf(aSlice("a", ""))
	l.record(s, aSlice("a", "20"), false)
	l.record(s, aSlice("b", "21"), false)
	if l.isFresh(s, named(aSlice("a", "20"))) {
		t.Error("the second slice is missing")
	}
	if !l.isFresh(s, named(aSlice("a", "20"), aSlice("b", "21"))) {
		t.Error("both are there")
	}
}

func TestLedgerWaitsForLiveReadVersion(t *testing.T) {
	tests := []struct {
		name   string
		cached map[string]client.Object
		want   bool
	}{
		{"a slice that is gone is still shown", named(aSlice("a", "20"), aSlice("b", "25"), aSlice("c", "26")), false},
		{"a slice is older than what was read", named(aSlice("b", "21"), aSlice("c", "26")), false},
		{"a slice that was read is missing", named(aSlice("b", "25")), false},
		{"all is shown", named(aSlice("b", "25"), aSlice("c", "26")), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, s := NewTracker(), scopeOf(aSlice("a", ""))
			l.record(s, aSlice("a", "20"), false)
			l.record(s, aSlice("b", "21"), false)
			l.observeLive(s, named(aSlice("b", "25"), aSlice("c", "26")))
			if got := l.isFresh(s, tt.cached); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestLedgerRecognizesOwnWrites(t *testing.T) {
	l := NewTracker()
	l.record(serviceScope, aService("20"), false)
	if !l.isOwnWrite(serviceScope, aService("20")) {
		t.Error("our own write is news")
	}
	if l.isOwnWrite(serviceScope, aService("21")) {
		t.Error("somebody else's write is an echo")
	}
	if other := aService("20"); l.isOwnWrite(scope{kind: "services", namespace: "shop", name: "other"}, other) {
		t.Error("an object that was never written is an echo")
	}
	l.record(serviceScope, aService("20"), true)
	if l.isOwnWrite(serviceScope, aService("20")) {
		t.Error("an object that we deleted, and that is back, is an echo")
	}
}

func TestLedgerForgetsDeletedObjects(t *testing.T) {
	l := NewTracker()
	w := &Writer{tracker: l}
	object := types.NamespacedName{Namespace: "shop", Name: "orders"}
	for _, s := range []scope{
		{"externalservices", "shop", "orders"}, {"services", "shop", "orders-db"},
		{"endpoints", "shop", "orders-db"}, {"endpointslices", "shop", "orders-db"},
	} {
		l.record(s, aService("1"), false)
	}
	l.record(scope{"services", "shop", "orders"}, aService("1"), false)
	w.Forget(object, service)
	if len(l.scopes) != 1 {
		t.Errorf("it keeps %v, want the other Service", l.scopes)
	}
}
