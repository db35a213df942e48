package consistency

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

func TestReaderReadsLiveAfterFailedWrite(t *testing.T) {
	resource := schema.GroupResource{Resource: "services"}
	for _, c := range []struct {
		name  string
		err   error
		reads int // from the server
	}{
		{"a conflict: the cache is older than it", apierrors.NewConflict(resource, service.Name, nil), 1},
		{"something of that name is there", apierrors.NewAlreadyExists(resource, service.Name), 1},
		{"an answer that did not arrive", errors.New("unexpected EOF"), 1},
		{"a time-out, after which it may be done", apierrors.NewTimeoutError("etcd", 0), 1},
		{"a right that is missing", apierrors.NewForbidden(resource, service.Name, nil), 0},
		{"too many requests, of which this would be one more", apierrors.NewTooManyRequests("later", 1), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			tracker, live := NewTracker(), serverWith(t, aService("20"))
			refusing := interceptor.NewClient(live.WithWatch, interceptor.Funcs{
				Update: func(context.Context, client.WithWatch, client.Object, ...client.UpdateOption) error { return c.err },
			})
			cache := serverWith(t, aService("9"))
			if err := NewWriter(refusing, tracker, nil, nil).Update(t.Context(), aService("9")); err == nil {
				t.Fatal("the write did not fail")
			}
			reader := NewReader(cache, live, tracker)
			for range 2 { // it goes on until the cache shows what the server showed
				if _, err := reader.Get(t.Context(), service, &corev1.Service{}); err != nil {
					t.Fatal(err)
				}
			}
			if want := 2 * c.reads; live.reads != want {
				t.Errorf("%d reads of the server, want %d", live.reads, want)
			}
			got := &corev1.Service{}
			if _, err := NewReader(live, failingReader{errors.New("nobody asks the server any more")}, tracker).Get(t.Context(), service, got); err != nil {
				t.Errorf("when the cache has caught up: %v", err)
			}
		})
	}
}
