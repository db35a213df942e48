package apply

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

func TestWhatIsAnnouncedWhileAWriteIsUnderWay(t *testing.T) {
	refused := apierrors.NewForbidden(schema.GroupResource{Resource: "services"}, "orders-db", errors.New("x"))
	other := aService("99")
	other.Name = "billing"
	tests := []struct {
		name      string
		announced []client.Object
		err       error
		// held is how many of them are taken for our own write at first.
		held int
		// news are the versions that somebody is told of when the answer, of version 20, is there.
		news []string
	}{
		{name: "nothing"},
		{name: "the write itself", announced: []client.Object{aService("20")}, held: 1},
		{name: "what was written before", announced: []client.Object{aService("9")}, held: 1},
		{name: "both", announced: []client.Object{aService("9"), aService("20")}, held: 2},
		{name: "what somebody else wrote after it", announced: []client.Object{aService("21")}, held: 1, news: []string{"21"}},
		{name: "both of these", announced: []client.Object{aService("20"), aService("100")}, held: 2, news: []string{"100"}},
		{name: "a version that cannot be compared", announced: []client.Object{aService("x")}, held: 1, news: []string{"x"}},
		{name: "what somebody else wrote, and ours is refused", announced: []client.Object{aService("19")}, err: refused, held: 1, news: []string{"19"}},
		{name: "another object", announced: []client.Object{other}},
		{name: "another kind", announced: []client.Object{&corev1.Endpoints{ObjectMeta: aService("20").ObjectMeta}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var w *Writer
			held, news := 0, []string(nil)
			server := interceptor.NewClient(serverWith(t), interceptor.Funcs{
				Update: func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.UpdateOption) error {
					for _, announced := range tt.announced {
						if w.IsEcho(announced) {
							held++
						}
					}
					o.SetResourceVersion("20")
					return tt.err
				},
			})
			w = NewWriter(server, NewLedger(), nil, func(_ context.Context, o client.Object) { news = append(news, o.GetResourceVersion()) })
			if err := w.Update(t.Context(), aService("9")); !errors.Is(err, tt.err) {
				t.Fatal(err)
			}
			if held != tt.held {
				t.Errorf("%d are held, want %d", held, tt.held)
			}
			if diff := cmp.Diff(tt.news, news); diff != "" {
				t.Errorf("news (-want +got):\n%s", diff)
			}
			if len(w.ledger.underWay) > 0 {
				t.Error("it is still under way")
			}
			if after := aService("30"); w.IsEcho(after) {
				t.Error("what comes later is taken for our own write")
			}
		})
	}
}
