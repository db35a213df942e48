package endpointslice

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// mostAllocationsEach endpoint that did not change may be made by planning all slices
// and the v1 Endpoints anew; it is 3.
const mostAllocationsEach = 5

func TestPlanUnchangedAllocatesLittle(t *testing.T) {
	perEndpoint := func(hosts int) float64 {
		existing, desired := published(hosts)
		endpoints, _ := Endpoints(owner(), nil, desired, corev1.IPv4Protocol)
		return testing.AllocsPerRun(10, func() {
			if writes := Plan(owner(), existing, desired); len(writes) > 0 {
				t.Fatalf("%d writes", len(writes))
			}
			if _, changed := Endpoints(owner(), endpoints, desired, corev1.IPv4Protocol); changed {
				t.Fatal("the Endpoints changed")
			}
		}) / float64(hosts)
	}
	few, many := perEndpoint(100), perEndpoint(1000)
	t.Logf("%.1f allocations for each of 100 endpoints, %.1f for each of 1000", few, many)
	if few > mostAllocationsEach || many > mostAllocationsEach {
		t.Errorf("%.1f allocations for each of 100 endpoints, %.1f for each of 1000, at most %d are fine", few, many, mostAllocationsEach)
	}
	if many > 1.5*few+1 {
		t.Errorf("an endpoint costs %.1f allocations among 1000 and %.1f among 100", many, few)
	}
}
