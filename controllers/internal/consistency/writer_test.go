package consistency

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// counted are the writes that a registry counts, "resource operation result".
func counted(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, family := range families {
		if family.GetName() != "external_endpoints_api_writes_total" {
			t.Errorf("an unexpected metric: %s", family.GetName())
		}
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			counts[labels["resource"]+" "+labels["operation"]+" "+labels["result"]] = metric.GetCounter().GetValue()
		}
	}
	return counts
}

func TestWriterRecordsAndCountsWrites(t *testing.T) {
	registry, tracker := prometheus.NewRegistry(), NewTracker()
	w := NewWriter(serverWith(t, &v1alpha1.ExternalService{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders"}}), tracker, registry, nil)

	s := aService("")
	if err := w.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if !w.IsOwnWrite(s) || tracker.isFresh(serviceScope, named()) {
		t.Error("the Service is not noted")
	}
	s.Spec.ExternalName = "x"
	if err := w.Update(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if !w.IsOwnWrite(s) {
		t.Error("its update is not noted")
	}
	if err := w.Delete(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if tracker.isFresh(serviceScope, named(s)) {
		t.Error("its deletion is not noted")
	}
	object := &v1alpha1.ExternalService{}
	if err := w.client.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "orders"}, object); err != nil {
		t.Fatal(err)
	}
	object.Status.ServiceName = "orders-db"
	if err := w.UpdateStatus(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{
		"services create ok": 1, "services update ok": 1, "services delete ok": 1, "externalservices update_status ok": 1,
	}
	if diff := cmp.Diff(want, counted(t, registry)); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestWriterConflictsOnStaleRead(t *testing.T) {
	server := serverWith(t, aService("20"), aSlice("a", "20"))
	w := NewWriter(server, NewTracker(), nil, nil)
	old := &corev1.Service{}
	if err := server.Get(t.Context(), service, old); err != nil {
		t.Fatal(err)
	}
	newer := old.DeepCopy()
	newer.Spec.ExternalName = "x"
	if err := w.Update(t.Context(), newer); err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(context.Context, client.Object) error{"update": w.Update, "delete": w.Delete} {
		if err := write(t.Context(), old.DeepCopy()); !apierrors.IsConflict(err) {
			t.Errorf("%s: got %v, want a conflict", name, err)
		}
	}
}

func TestWriterDeletesWithPreconditions(t *testing.T) {
	var got client.DeleteOptions
	server := interceptor.NewClient(serverWith(t), interceptor.Funcs{
		Delete: func(_ context.Context, _ client.WithWatch, _ client.Object, opts ...client.DeleteOption) error {
			got.ApplyOptions(opts)
			return nil
		},
	})
	if err := NewWriter(server, NewTracker(), nil, nil).Delete(t.Context(), aService("20")); err != nil {
		t.Fatal(err)
	}
	if p := got.Preconditions; p == nil || *p.UID != "service-1" || *p.ResourceVersion != "20" {
		t.Errorf("preconditions are %+v", got.Preconditions)
	}
}

func TestWriterCountsErrorsByResult(t *testing.T) {
	resource := schema.GroupResource{Resource: "services"}
	tests := []struct {
		name  string
		err   error
		count string
		fails bool
	}{
		{"a conflict", apierrors.NewConflict(resource, "orders-db", errors.New("x")), "conflict", true},
		{"there is one already", apierrors.NewAlreadyExists(resource, "orders-db"), "conflict", true},
		{"a missing permission", apierrors.NewForbidden(resource, "orders-db", errors.New("x")), "forbidden", true},
		{"no answer", errors.New("no answer"), "error", true},
		{"a deletion of what is gone", apierrors.NewNotFound(resource, "orders-db"), "ok", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			registry, tracker := prometheus.NewRegistry(), NewTracker()
			server := interceptor.NewClient(serverWith(t), interceptor.Funcs{
				Delete: func(context.Context, client.WithWatch, client.Object, ...client.DeleteOption) error { return tt.err },
			})
			err := NewWriter(server, tracker, registry, nil).Delete(t.Context(), aService("20"))
			if (err != nil) != tt.fails {
				t.Fatalf("got %v", err)
			}
			if tt.fails && (!errors.Is(err, tt.err) || !strings.Contains(err.Error(), "delete services shop/orders-db")) {
				t.Errorf("got %q, want what was tried and %q", err, tt.err)
			}
			if diff := cmp.Diff(map[string]float64{"services delete " + tt.count: 1}, counted(t, registry)); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			if noted := len(tracker.scopes) > 0; noted == tt.fails {
				t.Errorf("noted is %t", noted)
			}
		})
	}
}
