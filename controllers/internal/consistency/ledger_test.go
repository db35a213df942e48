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
			l := NewLedger()
			if tt.written != nil {
				l.note(serviceScope, tt.written, tt.deleted)
			}
			cached := named()
			if tt.cached != nil {
				cached = named(tt.cached)
			}
			if got := l.caughtUp(serviceScope, cached); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
			if tt.want && len(l.scopes) > 0 {
				t.Errorf("it keeps %v", l.scopes)
			}
			if tt.want && !l.caughtUp(serviceScope, named()) {
				t.Error("what was caught up with once counts again")
			}
		})
	}
}

func TestLedgerScopeIsFreshWhenAllObjectsAre(t *testing.T) {
	l, s := NewLedger(), scopeOf(aSlice("a", ""))
	l.note(s, aSlice("a", "20"), false)
	l.note(s, aSlice("b", "21"), false)
	if l.caughtUp(s, named(aSlice("a", "20"))) {
		t.Error("the second slice is missing")
	}
	if !l.caughtUp(s, named(aSlice("a", "20"), aSlice("b", "21"))) {
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
			l, s := NewLedger(), scopeOf(aSlice("a", ""))
			l.note(s, aSlice("a", "20"), false)
			l.note(s, aSlice("b", "21"), false)
			l.settle(s, named(aSlice("b", "25"), aSlice("c", "26")))
			if got := l.caughtUp(s, tt.cached); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestLedgerRecognizesOwnWrites(t *testing.T) {
	l := NewLedger()
	l.note(serviceScope, aService("20"), false)
	if !l.echo(serviceScope, aService("20")) {
		t.Error("our own write is news")
	}
	if l.echo(serviceScope, aService("21")) {
		t.Error("somebody else's write is an echo")
	}
	if other := aService("20"); l.echo(scope{kind: "services", namespace: "shop", name: "other"}, other) {
		t.Error("an object that was never written is an echo")
	}
	l.note(serviceScope, aService("20"), true)
	if l.echo(serviceScope, aService("20")) {
		t.Error("an object that we deleted, and that is back, is an echo")
	}
}

func TestLedgerForgetsDeletedObjects(t *testing.T) {
	l := NewLedger()
	w := &Writer{ledger: l}
	object := types.NamespacedName{Namespace: "shop", Name: "orders"}
	for _, s := range []scope{
		{"externalservices", "shop", "orders"}, {"services", "shop", "orders-db"},
		{"endpoints", "shop", "orders-db"}, {"endpointslices", "shop", "orders-db"},
	} {
		l.note(s, aService("1"), false)
	}
	l.note(scope{"services", "shop", "orders"}, aService("1"), false)
	w.Forget(object, service)
	if len(l.scopes) != 1 {
		t.Errorf("it keeps %v, want the other Service", l.scopes)
	}
}
