package consistency

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

func TestLedgerEventDuringInFlightWrite(t *testing.T) {
	refused := apierrors.NewForbidden(schema.GroupResource{Resource: "services"}, "orders-db", errors.New("x"))
	other := aService("99")
	other.Name = "billing"
	tests := []struct {
		name      string
		announced []client.Object
		err       error
		// held is how many of them are taken for our own write at first.
		held int
		// foreign are the versions that somebody is told of when the answer, of version 20, is there.
		foreign []string
	}{
		{name: "nothing"},
		{name: "the write itself", announced: []client.Object{aService("20")}, held: 1},
		{name: "what was written before", announced: []client.Object{aService("9")}, held: 1},
		{name: "both", announced: []client.Object{aService("9"), aService("20")}, held: 2},
		{name: "what somebody else wrote after it", announced: []client.Object{aService("21")}, held: 1, foreign: []string{"21"}},
		{name: "both of these", announced: []client.Object{aService("20"), aService("100")}, held: 2, foreign: []string{"100"}},
		{name: "a version that cannot be compared", announced: []client.Object{aService("x")}, held: 1, foreign: []string{"x"}},
		{name: "what somebody else wrote, and ours is refused", announced: []client.Object{aService("19")}, err: refused, held: 1, foreign: []string{"19"}},
		{name: "another object", announced: []client.Object{other}},
		{name: "another kind", announced: []client.Object{&corev1.Endpoints{ObjectMeta: aService("20").ObjectMeta}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var w *Writer
			held, foreign := 0, []string(nil)
			server := interceptor.NewClient(serverWith(t), interceptor.Funcs{
				Update: func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.UpdateOption) error {
					for _, announced := range tt.announced {
						if w.IsOwnWrite(announced) {
							held++
						}
					}
					o.SetResourceVersion("20")
					return tt.err
				},
			})
			w = NewWriter(server, NewTracker(), nil, func(_ context.Context, o client.Object) { foreign = append(foreign, o.GetResourceVersion()) })
			if err := w.Update(t.Context(), aService("9")); !errors.Is(err, tt.err) {
				t.Fatal(err)
			}
			if held != tt.held {
				t.Errorf("%d are held, want %d", held, tt.held)
			}
			if diff := cmp.Diff(tt.foreign, foreign); diff != "" {
				t.Errorf("foreign (-want +got):\n%s", diff)
			}
			if len(w.tracker.inFlight) > 0 {
				t.Error("it is still under way")
			}
			if after := aService("30"); w.IsOwnWrite(after) {
				t.Error("what comes later is taken for our own write")
			}
		})
	}
}

func TestLedgerEventNewerThanFirstWrite(t *testing.T) {
	answering := func(version string) func(*Writer, context.Context, client.Object) error {
		return func(w *Writer, ctx context.Context, o client.Object) error {
			w.client = interceptor.NewClient(serverWith(t), interceptor.Funcs{
				Update: func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.UpdateOption) error {
					o.SetResourceVersion(version)
					return nil
				},
			})
			return w.Update(ctx, o)
		}
	}
	remove := func(w *Writer, ctx context.Context, o client.Object) error { return w.Delete(ctx, o) }
	tests := []struct {
		name   string
		writes []func(*Writer, context.Context, client.Object) error
		recent []string // of the versions 9, 15, 20, 25, 35 and x
	}{
		{name: "nothing was written"},
		{name: "a write", writes: []func(*Writer, context.Context, client.Object) error{answering("20")}, recent: []string{"25", "35"}},
		{name: "the first of two counts", writes: []func(*Writer, context.Context, client.Object) error{answering("20"), answering("30")}, recent: []string{"25", "35"}},
		{name: "a write that changes nothing", writes: []func(*Writer, context.Context, client.Object) error{answering("10")}},
		{name: "a deletion", writes: []func(*Writer, context.Context, client.Object) error{remove}},
		{name: "a write after both", writes: []func(*Writer, context.Context, client.Object) error{remove, answering("10"), answering("20")}, recent: []string{"25", "35"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tracker := NewTracker()
			w, r := NewWriter(serverWith(t), tracker, nil, nil), NewReader(nil, nil, tracker)
			for _, write := range tt.writes {
				if err := write(w, t.Context(), aService("10")); err != nil {
					t.Fatal(err)
				}
			}
			var recent []string
			for _, version := range []string{"9", "15", "20", "25", "35", "x"} {
				if r.IsRecent(aService(version)) {
					recent = append(recent, version)
				}
			}
			if diff := cmp.Diff(tt.recent, recent); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
			if r.IsRecent(aSlice("a", "99")) {
				t.Error("nothing of another kind was written")
			}
		})
	}
}
