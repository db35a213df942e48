package endpointslice

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// inZone puts an endpoint into a zone.
func inZone(e Endpoint, zone string) Endpoint {
	e.Zone = zone
	return e
}

// near is the owner of a Service that prefers near endpoints.
func near(zones ...string) Owner {
	o := owner()
	o.Hints = HintsFor(zones)
	return o
}

// hints lists what a store's endpoints are for, "10.0.0.1: a b".
func (s *store) hints() map[string]string {
	all := map[string]string{}
	for _, slice := range s.slices {
		for _, e := range slice.Endpoints {
			all[e.Addresses[0]] = "none"
			if e.Hints != nil {
				all[e.Addresses[0]] = namedIn(e.Hints)
			}
		}
	}
	return all
}

func TestHintsForZones(t *testing.T) {
	many := make([]string, 20)
	for i := range many {
		many[i] = fmt.Sprintf("zone-%02d", len(many)-i)
	}
	const firstEight = "zone-01 zone-02 zone-03 zone-04 zone-05 zone-06 zone-07 zone-08"
	tests := []struct {
		name  string
		zones []string
		hosts []string
		want  []string
	}{
		{"a host in a zone is for that zone", []string{"b", "a"}, []string{"a", "b"}, []string{"a", "b"}},
		{"a host in no zone is for all zones that hosts are in", []string{"b", "a", "b", ""}, []string{"", "b"}, []string{"a b", "b"}},
		{"where no host is in a zone there are no hints", []string{"", ""}, []string{"", ""}, []string{"none", "none"}},
		{"the API takes eight zones for a host", many, []string{"", "zone-20"}, []string{firstEight, "zone-20"}},
		{"a zone that nobody named has its hint too", []string{"a"}, []string{"a", "x"}, []string{"a", "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var desired []Endpoint
			want := map[string]string{}
			for i, zone := range tt.hosts {
				desired = append(desired, inZone(up(v4(i), pg), zone))
				want[v4(i).String()] = tt.want[i]
			}
			s := newStore()
			s.reconcile(t, near(tt.zones...), desired)
			if diff := cmp.Diff(want, s.hints()); diff != "" {
				t.Errorf("hints (-want +got):\n%s", diff)
			}
			wantWrites(t, s.reconcile(t, near(tt.zones...), desired), summary{})
		})
	}
}

func TestPlanKeepsHintsOfFailedHost(t *testing.T) {
	desired := []Endpoint{inZone(up(v4(0), pg), "a"), inZone(up(v4(1), pg), "b")}
	s := newStore()
	s.reconcile(t, near("a", "b"), desired)
	before := s.hints()
	s.reconcile(t, near("a", "b"), with(desired, 0, inZone(down(v4(0), pg), "a")))
	if diff := cmp.Diff(before, s.hints()); diff != "" {
		t.Errorf("hints (-before +after):\n%s", diff)
	}
}

func TestPlanUpdatesHintsInPlace(t *testing.T) {
	var desired []Endpoint
	for i, e := range hosts(0, 250, pg) {
		desired = append(desired, inZone(e, []string{"a", "b", ""}[i%3]))
	}
	s := settled(t, desired)
	homes := s.homes()
	for _, o := range []Owner{near("a", "b"), near("a", "b", "c"), owner()} {
		wantWrites(t, s.reconcile(t, o, desired), summary{Updates: 3})
		if diff := cmp.Diff(homes, s.homes()); diff != "" {
			t.Errorf("hosts moved (-before +after):\n%s", diff)
		}
		wantWrites(t, s.reconcile(t, o, desired), summary{})
	}
}

func TestPlanRestoresHints(t *testing.T) {
	tests := []struct {
		name string
		edit func(*discoveryv1.Endpoint)
	}{
		{"the hints are gone", func(e *discoveryv1.Endpoint) { e.Hints = nil }},
		{"the hints are empty", func(e *discoveryv1.Endpoint) { e.Hints = &discoveryv1.EndpointHints{} }},
		{"they name another zone", func(e *discoveryv1.Endpoint) { e.Hints.ForZones[0].Name = "b" }},
		{"they name a second zone", func(e *discoveryv1.Endpoint) {
			e.Hints.ForZones = append(e.Hints.ForZones, discoveryv1.ForZone{Name: "b"})
		}},
		{"they name a node", func(e *discoveryv1.Endpoint) { e.Hints.ForNodes = []discoveryv1.ForNode{{Name: "node-1"}} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			desired := []Endpoint{inZone(up(v4(0), pg), "a"), inZone(up(v4(1), pg), "b")}
			s := newStore()
			s.reconcile(t, near("a", "b"), desired)
			before := s.hints()
			tt.edit(&s.only(t).Endpoints[0])
			wantWrites(t, s.reconcile(t, near("a", "b"), desired), summary{Updates: 1})
			if diff := cmp.Diff(before, s.hints()); diff != "" {
				t.Errorf("hints (-before +after):\n%s", diff)
			}
		})
	}
}
