package proxy

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// Stale is an API server whose watch cache is stale for some resources, while
// reads of single objects and all writes reach etcd: what a client finds that starts
// against one of several API servers.
type Stale struct {
	then map[string][]byte // lists by resource
	hold *Hold
}

// Remember takes the lists as they are now; paths has by resource where to get
// them, with their query.
func Remember(ctx context.Context, admin *rest.Config, paths map[string]string) (*Stale, error) {
	client, err := rest.HTTPClientFor(admin)
	if err != nil {
		return nil, fmt.Errorf("reach the API server: %w", err)
	}
	s := &Stale{then: map[string][]byte{}}
	for resource, path := range paths {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, admin.Host+path, http.NoBody)
		if err != nil {
			return nil, err
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", resource, err)
		}
		s.then[resource], err = io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("list %s: %s: %w", resource, response.Status, err)
		}
	}
	s.hold = NewHold(func(c Call) bool { return s.then[c.Resource] != nil })
	s.hold.Shut()
	return s, nil
}

// CatchUp has the watches go on from where they stopped.
func (s *Stale) CatchUp() { s.hold.Release() }

// Fault is the staleness as a fault: the first list of each resource, which is its
// informer's, is the old one. Streamed lists are refused, as by an API server that
// has none. A second read, by name or by a list, gets the current state.
func (s *Stale) Fault() Fault {
	held := s.hold.Fault()
	var once sync.Map
	return func(call Call, next http.Handler) http.Handler {
		then := s.then[call.Resource]
		switch {
		case then == nil:
			return next
		case call.Initial:
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				refuse(w, http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, 0)
			})
		case call.Verb == "list":
			if _, listed := once.LoadOrStore(call.Resource, true); listed {
				return next // the informer has its list: a second read gets the current state
			}
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write(then)
			})
		default:
			return held(call, next)
		}
	}
}
