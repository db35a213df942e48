package endpointslice

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	discoveryv1 "k8s.io/api/discovery/v1"
)

var sameAddress = cmpopts.EquateComparable(netip.Addr{})

func TestPublishedReadsSlices(t *testing.T) {
	s := settled(t, []Endpoint{
		up(v4(1), pg, metrics), down(v4(2), pg), up(v4(2), metrics), draining(v4(3), pg), up(v6(1), pg),
	})
	published, out, drained := State{Ready: true, Serving: true}, State{}, State{Serving: true, Terminating: true}
	want := map[Key]State{
		{v4(1), "pg", pg.Number}: published, {v4(1), "metrics", metrics.Number}: published,
		{v4(2), "pg", pg.Number}: out, {v4(2), "metrics", metrics.Number}: published,
		{v4(3), "pg", pg.Number}: drained,
		{v6(1), "pg", pg.Number}: published,
	}
	if diff := cmp.Diff(want, Published(s.list()), sameAddress); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPublishedReadsNilConditionsAsReady(t *testing.T) {
	s := settled(t, hosts(1, 2, pg))
	s.only(t).Endpoints[0].Conditions = discoveryv1.EndpointConditions{}
	if got := Published(s.list())[Key{v4(1), "pg", pg.Number}]; got != (State{Ready: true, Serving: true}) {
		t.Errorf("got %+v", got)
	}
}

func TestPublishedPrefersCopyWithMoreTraffic(t *testing.T) {
	states := []Endpoint{up(v4(1), pg), draining(v4(1), pg), down(v4(1), pg)}
	for better, a := range states {
		for _, b := range states[better:] {
			x, y := settled(t, []Endpoint{a}).only(t), settled(t, []Endpoint{b}).only(t)
			for _, order := range [][]*discoveryv1.EndpointSlice{{x, y}, {y, x}} {
				if got, want := Published(order)[Key{v4(1), "pg", pg.Number}], a.state(); got != want {
					t.Errorf("%+v and %+v: got %+v", a.state(), b.state(), got)
				}
			}
		}
	}
}

func TestPublishedSkipsUnusableSlices(t *testing.T) {
	slice := settled(t, hosts(1, 3, pg)).only(t)
	slice.Endpoints[0].Addresses = []string{"db.example.com"}
	slice.Endpoints[1].Addresses = nil
	if got := Published([]*discoveryv1.EndpointSlice{slice}); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	slice = settled(t, hosts(1, 3, pg)).only(t)
	slice.Ports[0].Name = nil
	if got := Published([]*discoveryv1.EndpointSlice{slice}); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
