package endpointslice

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
)

func TestNameIsStableAcrossVersions(t *testing.T) {
	// The expected names are pinned: others would give every slice of an installed
	// operator a new one.
	writes := Plan(owner(), nil, append(hosts(0, 101, pg), up(v6(1), pg)))
	want := []string{"orders-db-a9b9a7a5e7-0", "orders-db-a9b9a7a5e7-1", "orders-db-46794b0d1d-0"}
	for i, w := range writes {
		if w.Slice.Name != want[i] {
			t.Errorf("got %s, want %s", w.Slice.Name, want[i])
		}
	}
}

func TestPlanFromStaleCacheUsesSameNames(t *testing.T) {
	first := Plan(owner(), nil, hosts(0, 150, pg))
	again := Plan(owner(), nil, hosts(0, 150, pg))
	for i := range first {
		if first[i].Slice.Name != again[i].Slice.Name {
			t.Errorf("%s became %s", first[i].Slice.Name, again[i].Slice.Name)
		}
	}
}

func TestNameUsesSmallestFreeNumber(t *testing.T) {
	s := settled(t, hosts(0, 300, pg))
	s.reconcile(t, owner(), append(hosts(0, 100, pg), hosts(200, 300, pg)...))
	writes := s.reconcile(t, owner(), append(hosts(0, 100, pg), hosts(200, 301, pg)...))
	wantWrites(t, writes, summary{Creates: 1})
	if name := writes[0].Slice.Name; !strings.HasSuffix(name, "-1") {
		t.Errorf("got %s", name)
	}
}

func TestNameDependsOnOwnerUID(t *testing.T) {
	again := owner()
	again.Reference.UID = "another"
	if a, b := Plan(owner(), nil, hosts(0, 1, pg)), Plan(again, nil, hosts(0, 1, pg)); a[0].Slice.Name == b[0].Slice.Name {
		t.Errorf("both use %s", a[0].Slice.Name)
	}
}

func TestNameOfLongestServiceIsValid(t *testing.T) {
	o := owner()
	o.Service = strings.Repeat("a", 63)
	for _, w := range Plan(o, nil, hosts(0, 101, pg)) {
		if problems := validation.IsDNS1123Subdomain(w.Slice.Name); len(problems) > 0 {
			t.Errorf("%s: %v", w.Slice.Name, problems)
		}
	}
}
