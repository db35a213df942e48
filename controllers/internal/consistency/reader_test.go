package consistency

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestReaderReadsFreshCache(t *testing.T) {
	cached, live, tracker := serverWith(t, aService("20"), aSlice("a", "21")), serverWith(t), NewTracker()
	r := NewReader(cached, live, tracker)
	tracker.record(serviceScope, aService("20"), false)
	for range 2 {
		got := &corev1.Service{}
		if found, err := r.Get(t.Context(), service, got); err != nil || !found || got.ResourceVersion != "20" {
			t.Errorf("got %+v, %t, %v", got, found, err)
		}
	}
	if list, err := r.Slices(t.Context(), service); err != nil || len(list) != 1 {
		t.Errorf("got %d slices, %v", len(list), err)
	}
	if live.reads > 0 {
		t.Errorf("the server was asked %d times", live.reads)
	}
}

func TestReaderIgnoresCacheOlderThanOwnWrites(t *testing.T) {
	cached, live, tracker := serverWith(t), serverWith(t, aService("20"), aSlice("a", "21"), aSlice("b", "22")), NewTracker()
	r := NewReader(cached, live, tracker)
	tracker.record(serviceScope, aService("20"), false)
	tracker.record(scopeOf(aSlice("a", "")), aSlice("a", "21"), false)

	got := &corev1.Service{}
	if found, err := r.Get(t.Context(), service, got); err != nil || !found || got.ResourceVersion != "20" {
		t.Errorf("got %+v, %t, %v", got, found, err)
	}
	list, err := r.Slices(t.Context(), service)
	if err != nil || len(list) != 2 {
		t.Fatalf("got %d slices, %v", len(list), err)
	}
	// The cache has to catch up with what was read, too.
	if _, err := r.Slices(t.Context(), service); err != nil || live.reads != 3 {
		t.Errorf("the server was asked %d times, %v; want once for each read", live.reads, err)
	}
}

func TestReaderWaitsForLiveReadVersions(t *testing.T) {
	live, tracker := serverWith(t, aSlice("a", "21"), aSlice("b", "22")), NewTracker()
	tracker.record(scopeOf(aSlice("a", "")), aSlice("a", "21"), false)
	// First the cache has nothing, then our own write, but not the slice that was read with it.
	for _, cached := range []*server{serverWith(t), serverWith(t, aSlice("a", "21"))} {
		if list, err := NewReader(cached, live, tracker).Slices(t.Context(), service); err != nil || len(list) != 2 {
			t.Errorf("got %d slices, %v", len(list), err)
		}
	}
}

func TestReaderHidesDeletedObjects(t *testing.T) {
	cached, live, tracker := serverWith(t, aService("20")), serverWith(t), NewTracker()
	r := NewReader(cached, live, tracker)
	tracker.record(serviceScope, aService("20"), true)
	if found, err := r.Get(t.Context(), service, &corev1.Service{}); err != nil || found {
		t.Errorf("found is %t, %v", found, err)
	}
}

func TestReaderLiveReadBypassesCache(t *testing.T) {
	cached, live, tracker := serverWith(t), serverWith(t, aService("20")), NewTracker()
	r := NewReader(cached, live, tracker)
	if found, err := r.GetLive(t.Context(), service, &corev1.Service{}); err != nil || !found {
		t.Errorf("found is %t, %v", found, err)
	}
	// The cache, which does not have it yet, is older than what we know.
	if found, err := r.Get(t.Context(), service, &corev1.Service{}); err != nil || !found {
		t.Errorf("found is %t, %v", found, err)
	}
}

func TestReaderFindsRelabelledSlice(t *testing.T) {
	stray := controlled(aSlice("orders-db-0123456789-0", "30"))
	stray.Labels[discoveryv1.LabelServiceName] = "elsewhere"
	names := func(list []*discoveryv1.EndpointSlice) []string {
		var names []string
		for _, slice := range list {
			names = append(names, slice.Name)
		}
		return names
	}
	t.Run("in the cache", func(t *testing.T) {
		r := NewReader(serverWith(t, stray.DeepCopy()), serverWith(t), NewTracker())
		list, err := r.Slices(t.Context(), service)
		if diff := cmp.Diff([]string{stray.Name}, names(list)); diff != "" || err != nil {
			t.Errorf("%v, slices (-want +got):\n%s", err, diff)
		}
	})
	t.Run("while the cache is behind", func(t *testing.T) {
		tracker := NewTracker()
		tracker.record(scopeOf(aSlice("a", "")), aSlice("a", "40"), false)
		tracker.record(scopeOf(aSlice("a", "")), aSlice(stray.Name, "29"), false)
		cached := serverWith(t, stray.DeepCopy())
		r := NewReader(cached, serverWith(t, stray.DeepCopy(), aSlice("a", "40")), tracker)
		list, err := r.Slices(t.Context(), service)
		if diff := cmp.Diff([]string{"a", stray.Name}, names(list)); diff != "" || err != nil {
			t.Errorf("%v, slices (-want +got):\n%s", err, diff)
		}
		if err := cached.Create(t.Context(), aSlice("a", "")); err != nil {
			t.Fatal(err)
		}
		if list, err = r.Slices(t.Context(), service); err != nil || len(list) != 2 {
			t.Errorf("got %v, %v", names(list), err)
		}
	})
}

func TestReaderErrorNamesResource(t *testing.T) {
	broken := serverWith(t)
	broken.WithWatch = nil // a read panics: only the cache is to be asked
	failing := failingReader{errors.New("no answer")}
	r := NewReader(failing, broken, NewTracker())
	if _, err := r.Get(t.Context(), service, &corev1.Service{}); err == nil || !strings.Contains(err.Error(), "services shop/orders-db") {
		t.Errorf("got %v", err)
	}
	if _, err := r.Slices(t.Context(), service); err == nil || !strings.Contains(err.Error(), "Service shop/orders-db") {
		t.Errorf("got %v", err)
	}
	tracker := NewTracker()
	tracker.record(serviceScope, aService("1"), false)
	r = NewReader(serverWith(t), failing, tracker)
	if found, err := r.Get(t.Context(), service, &corev1.Service{}); err == nil || found {
		t.Errorf("a server that does not answer was taken for an empty one: %t, %v", found, err)
	}
}

func TestIndexCoversServiceLabelAndOwner(t *testing.T) {
	stray := controlled(aSlice("orders-db-0123456789-0", ""))
	stray.Labels[discoveryv1.LabelServiceName] = "elsewhere"
	for _, tt := range []struct {
		name  string
		slice client.Object
		want  []string
	}{
		{"somebody's", aSlice("orders-db-abcde", ""), []string{"orders-db"}},
		{"ours", controlled(aSlice("orders-db-0123456789-0", "")), []string{"orders-db"}},
		{"ours with another label", stray, []string{"elsewhere", "orders-db"}},
	} {
		if diff := cmp.Diff(tt.want, SliceService(tt.slice)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
