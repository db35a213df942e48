package operator

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestFenceClosesBeforeLeaseExpires(t *testing.T) {
	f := &fence{}
	now := time.Now()
	if f.holds(now) {
		t.Error("open before the lease was ever held")
	}
	f.renewed(now)
	if !f.holds(now.Add(fenceAfter - time.Millisecond)) {
		t.Error("closed while nobody else can hold the lease")
	}
	if f.holds(now.Add(fenceAfter)) {
		t.Error("open when the next copy may be about to take the lease")
	}
	// Round strips the monotonic reading, as if the machine had slept through it.
	if f.holds(now.Add(fenceAfter).Round(0)) {
		t.Error("open after the machine slept for longer than the lease")
	}
	if fenceAfter >= leaseDuration {
		t.Errorf("writing ends %s after a renewal, must end before the lease of %s does", fenceAfter, leaseDuration)
	}
}

func TestFenceCountsConfirmedRenewalsOnly(t *testing.T) {
	const lease = "/apis/coordination.k8s.io/v1/namespaces/operator/leases/operator"
	for _, c := range []struct {
		name, method, path string
		status             int
		opens              bool
	}{
		{"a renewal", http.MethodPut, lease, http.StatusOK, true},
		{"the first lease", http.MethodPost, "/apis/coordination.k8s.io/v1/namespaces/operator/leases", http.StatusCreated, true},
		{"a renewal that another copy was faster with", http.MethodPut, lease, http.StatusConflict, false},
		{"a look at the lease", http.MethodGet, lease, http.StatusOK, false},
		{"an event", http.MethodPost, "/api/v1/namespaces/operator/events", http.StatusCreated, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(c.status) }))
			defer server.Close()
			f := &fence{}
			through, err := rest.HTTPClientFor(f.watch(&rest.Config{Host: server.URL}))
			if err != nil {
				t.Fatal(err)
			}
			request, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			response, err := through.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if got := f.holds(time.Now()); got != c.opens {
				t.Errorf("writing is allowed: %t, want %t", got, c.opens)
			}
		})
	}
}

func TestFenceBlocksWritesWhenClosed(t *testing.T) {
	reached := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached++
		http.NotFound(w, r)
	}))
	defer server.Close()
	f := &fence{}
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Service"), meta.RESTScopeNamespace)
	c, err := f.newClient(&rest.Config{Host: server.URL}, client.Options{Scheme: clientgoscheme.Scheme, Mapper: mapper})
	if err != nil {
		t.Fatal(err)
	}
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders"}}

	for _, err := range []error{
		c.Create(t.Context(), service), c.Update(t.Context(), service),
		c.Status().Update(t.Context(), service), c.Delete(t.Context(), service),
	} {
		if !errors.Is(err, errLeaseLost) {
			t.Errorf("a write without the lease: %v, want %v", err, errLeaseLost)
		}
	}
	if reached > 0 {
		t.Errorf("%d writes reached the API server without the lease", reached)
	}
	f.renewed(time.Now())
	if err := c.Delete(t.Context(), service); errors.Is(err, errLeaseLost) || reached != 1 {
		t.Errorf("a write with the lease did not reach the API server: %v", err)
	}
}
