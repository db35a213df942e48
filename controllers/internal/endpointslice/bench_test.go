package endpointslice

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// published returns the slices of n hosts that are all up.
func published(n int) ([]*discoveryv1.EndpointSlice, []Endpoint) {
	desired := hosts(0, n, pg)
	var existing []*discoveryv1.EndpointSlice
	for _, w := range Plan(owner(), nil, desired) {
		existing = append(existing, w.Slice)
	}
	return existing, desired
}

func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{250, 1000} {
		existing, desired := published(n)
		plans := []struct {
			name     string
			existing []*discoveryv1.EndpointSlice
			desired  []Endpoint
			writes   int
		}{
			{"unchanged", existing, desired, 0},
			{"one fails", existing, with(desired, n/2, down(v4(n/2), pg)), 1},
			{"all fail", existing, func() []Endpoint {
				list := hosts(0, n, pg)
				for i := range list {
					list[i].Ready, list[i].Serving = false, false
				}
				return list
			}(), (n + 99) / 100},
			{"all are new", nil, desired, (n + 99) / 100},
		}
		for _, p := range plans {
			b.Run(fmt.Sprintf("%d endpoints/%s", n, p.name), func(b *testing.B) {
				b.ReportAllocs()
				o := owner()
				for b.Loop() {
					if writes := Plan(o, p.existing, p.desired); len(writes) != p.writes {
						b.Fatalf("got %d writes", len(writes))
					}
				}
			})
		}
	}
}

func BenchmarkEndpoints(b *testing.B) {
	for _, n := range []int{250, 1000} {
		desired := hosts(0, n, pg)
		existing, _ := Endpoints(owner(), nil, desired, corev1.IPv4Protocol)
		for name, changed := range map[string][]Endpoint{"unchanged": desired, "one fails": with(desired, n/2, down(v4(n/2), pg))} {
			b.Run(fmt.Sprintf("%d endpoints/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				o := owner()
				for b.Loop() {
					Endpoints(o, existing, changed, corev1.IPv4Protocol)
				}
			})
		}
	}
}
