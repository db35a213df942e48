package clusterranges

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// server is an API server with Nodes and ServiceCIDRs, as far as informers ask.
type server struct {
	*httptest.Server

	mu      sync.Mutex
	version int
	objects map[string]map[string]any // by resource and name
	// refusal is the status with which a resource is refused; 0: it is not.
	refusal map[string]int
	watches map[*watcher]string // the resource of each
	asked   map[string]int
}

// watcher is one open watch.
type watcher struct{ events chan metav1.WatchEvent }

func newServer(t *testing.T) *server {
	s := &server{
		objects: map[string]map[string]any{"nodes": {}, "servicecidrs": {}},
		refusal: map[string]int{}, watches: map[*watcher]string{}, asked: map[string]int{},
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() { s.endWatches(); s.Close() })
	return s
}

func (s *server) config() *rest.Config { return &rest.Config{Host: s.URL} }

// ServeHTTP answers lists and watches; lists that are streamed it does not know.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resource := path.Base(r.URL.Path)
	query := r.URL.Query()
	s.mu.Lock()
	s.asked[resource]++
	refusal := s.refusal[resource]
	s.mu.Unlock()
	switch {
	case refusal != 0:
		refuse(w, refusal)
	case query.Get("sendInitialEvents") == "true":
		refuse(w, http.StatusUnprocessableEntity)
	case query.Get("watch") == "true":
		s.watch(w, r, resource, query.Get("resourceVersion"))
	default:
		s.list(w, resource)
	}
}

func refuse(w http.ResponseWriter, status int) {
	reasons := map[int]metav1.StatusReason{
		http.StatusForbidden: metav1.StatusReasonForbidden, http.StatusNotFound: metav1.StatusReasonNotFound,
		http.StatusUnprocessableEntity: metav1.StatusReasonInvalid, http.StatusInternalServerError: metav1.StatusReasonInternalError,
	}
	write(w, status, metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure,
		Reason: reasons[status], Code: int32(status),
	})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(encode(body))
}

func encode(object any) []byte {
	encoded, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return encoded
}

func (s *server) list(w http.ResponseWriter, resource string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := []any{}
	for _, object := range s.objects[resource] {
		items = append(items, object)
	}
	kind, version := "NodeList", "v1"
	if resource == "servicecidrs" {
		kind, version = "ServiceCIDRList", "networking.k8s.io/v1"
	}
	write(w, http.StatusOK, map[string]any{
		"apiVersion": version, "kind": kind, "items": items,
		"metadata": map[string]any{"resourceVersion": strconv.Itoa(s.version)},
	})
}

// watch streams what happens from now on; what happened since the list it refuses
// to tell, as an API server that has forgotten it.
func (s *server) watch(w http.ResponseWriter, r *http.Request, resource, from string) {
	s.mu.Lock()
	if from != strconv.Itoa(s.version) {
		s.mu.Unlock()
		refuse(w, http.StatusGone)
		return
	}
	watch := &watcher{events: make(chan metav1.WatchEvent, 10)}
	s.watches[watch] = resource
	s.mu.Unlock()

	w.Header().Set("Content-Type", "application/json")
	w.(http.Flusher).Flush()
	for {
		select {
		case event, open := <-watch.events:
			if !open {
				return
			}
			w.Write(encode(event))
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// endWatches has clients list and watch anew.
func (s *server) endWatches() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for watch := range s.watches {
		close(watch.events)
	}
	s.watches = map[*watcher]string{}
}

// say tells those who watch.
func (s *server) say(resource, event string, object any) {
	raw := encode(object)
	for watch, watched := range s.watches {
		if watched == resource {
			e := metav1.WatchEvent{Type: event}
			e.Object.Raw = raw
			watch.events <- e
		}
	}
}

// set stores objects.
func (s *server) set(objects ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, object := range objects {
		s.version++
		var resource string
		var meta *metav1.ObjectMeta
		switch o := object.(type) {
		case *corev1.Node:
			o.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Node"}
			resource, meta = "nodes", &o.ObjectMeta
		case *networkingv1.ServiceCIDR:
			o.TypeMeta = metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "ServiceCIDR"}
			resource, meta = "servicecidrs", &o.ObjectMeta
		}
		meta.ResourceVersion = strconv.Itoa(s.version)
		event := "ADDED"
		if _, there := s.objects[resource][meta.Name]; there {
			event = "MODIFIED"
		}
		s.objects[resource][meta.Name] = object
		s.say(resource, event, object)
	}
}

// remove deletes nodes.
func (s *server) remove(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		s.version++
		gone := s.objects["nodes"][name].(*corev1.Node).DeepCopy()
		gone.ResourceVersion = strconv.Itoa(s.version)
		delete(s.objects["nodes"], name)
		s.say("nodes", "DELETED", gone)
	}
}

// refuseWith has a resource refused, and its watches ended; 0: it is served again.
func (s *server) refuseWith(status int, resources ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range resources {
		s.refusal[resource] = status
		for watch, watched := range s.watches {
			if watched == resource {
				close(watch.events)
				delete(s.watches, watch)
			}
		}
	}
}

// askedFor is how many requests were made for a resource.
func (s *server) askedFor(resource string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[resource]
}
