package endpointslice

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

var (
	pg      = Port{Name: "pg", Protocol: corev1.ProtocolTCP, Number: 5432}
	pgMoved = Port{Name: "pg", Protocol: corev1.ProtocolTCP, Number: 5433}
	metrics = Port{Name: "metrics", Protocol: corev1.ProtocolTCP, Number: 9187}

	tenOClock = time.Date(2026, 11, 21, 10, 0, 0, 123456789, time.UTC)
)

const ownerUID = types.UID("5a3f")

func owner() Owner {
	yes := true
	return Owner{
		Reference: metav1.OwnerReference{
			APIVersion: "external-endpoints.io/v1alpha1", Kind: "ExternalService", Name: "orders", UID: ownerUID,
			Controller: &yes, BlockOwnerDeletion: &yes,
		},
		Namespace: "shop",
		Service:   "orders-db",
	}
}

// v4 returns the n-th address of a range of outside hosts.
func v4(n int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}) }

func v6(n int) netip.Addr {
	return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 14: byte(n >> 8), 15: byte(n)})
}

func up(address netip.Addr, ports ...Port) Endpoint {
	return Endpoint{Address: address, Ports: ports, Ready: true, Serving: true}
}

func down(address netip.Addr, ports ...Port) Endpoint {
	return Endpoint{Address: address, Ports: ports}
}

func draining(address netip.Addr, ports ...Port) Endpoint {
	return Endpoint{Address: address, Ports: ports, Serving: true, Terminating: true}
}

// hosts returns the hosts first to last-1, all up.
func hosts(first, last int, ports ...Port) []Endpoint {
	var list []Endpoint
	for n := first; n < last; n++ {
		list = append(list, up(v4(n), ports...))
	}
	return list
}

// with returns the list with one endpoint replaced.
func with(list []Endpoint, i int, e Endpoint) []Endpoint {
	list = append([]Endpoint(nil), list...)
	list[i] = e
	return list
}

// store stands for the API server.
type store struct {
	slices  map[string]*discoveryv1.EndpointSlice
	version int
}

func newStore() *store { return &store{slices: map[string]*discoveryv1.EndpointSlice{}} }

// settled returns a store that says what is desired.
func settled(t *testing.T, desired []Endpoint) *store {
	t.Helper()
	s := newStore()
	s.reconcile(t, owner(), desired)
	return s
}

// list returns the slices in no particular order, as a cache does.
func (s *store) list() []*discoveryv1.EndpointSlice {
	var list []*discoveryv1.EndpointSlice
	for _, slice := range s.slices {
		list = append(list, slice)
	}
	return list
}

// fataler is what both testing.T and rapid.T are.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// apply carries one write out as the API server would.
func (s *store) apply(t fataler, w Write) {
	t.Helper()
	s.version++
	name, existing := w.Slice.Name, s.slices[w.Slice.Name]
	switch {
	case w.Operation == Create && existing != nil:
		t.Fatalf("%s exists already", name)
	case w.Operation == Create:
		if w.Slice.ResourceVersion != "" || w.Slice.UID != "" {
			t.Fatalf("%s is created with a version or UID", name)
		}
	case existing == nil:
		t.Fatalf("%s %s: there is none", w.Operation, name)
	case w.Slice.ResourceVersion != existing.ResourceVersion || w.Slice.UID != existing.UID:
		t.Fatalf("%s %s: not the one that was read", w.Operation, name)
	case w.Operation == Update && w.Slice.AddressType != existing.AddressType:
		t.Fatalf("update %s: addressType is immutable", name)
	}
	if w.Operation == Delete {
		delete(s.slices, name)
		return
	}
	written := w.Slice.DeepCopy()
	written.ResourceVersion = fmt.Sprint(s.version)
	if existing == nil {
		written.UID = types.UID(fmt.Sprint("slice-", s.version))
	}
	s.slices[name] = written
}

// reconcile plans and applies, and returns what was written.
func (s *store) reconcile(t fataler, o Owner, desired []Endpoint) []Write {
	t.Helper()
	writes := Plan(o, s.list(), desired)
	for _, w := range writes {
		s.apply(t, w)
	}
	return writes
}

// summary counts the writes of a plan by operation.
type summary struct{ Creates, Updates, Deletes int }

func summarize(writes []Write) summary {
	var s summary
	for _, w := range writes {
		switch w.Operation {
		case Create:
			s.Creates++
		case Update:
			s.Updates++
		case Delete:
			s.Deletes++
		}
	}
	return s
}

func wantWrites(t *testing.T, writes []Write, want summary) {
	t.Helper()
	if diff := cmp.Diff(want, summarize(writes)); diff != "" {
		t.Fatalf("writes (-want +got):\n%s", diff)
	}
}

// only returns the one slice of the store.
func (s *store) only(t *testing.T) *discoveryv1.EndpointSlice {
	t.Helper()
	if len(s.slices) != 1 {
		t.Fatalf("got %d slices, want 1", len(s.slices))
	}
	return s.list()[0]
}

// holder returns the name of the slice that lists the address, or "".
func (s *store) holder(address netip.Addr) string {
	for name, slice := range s.slices {
		for i := range slice.Endpoints {
			if addressOf(&slice.Endpoints[i]) == address {
				return name
			}
		}
	}
	return ""
}

// sizes returns how many slices hold how many endpoints.
func (s *store) sizes() map[int]int {
	sizes := map[int]int{}
	for _, slice := range s.slices {
		sizes[len(slice.Endpoints)]++
	}
	return sizes
}
