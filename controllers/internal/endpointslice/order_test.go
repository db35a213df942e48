package endpointslice

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// readyNow returns what kube-proxy could send traffic to.
func (s *store) readyNow() map[netip.Addr]bool {
	ready := map[netip.Addr]bool{}
	for _, slice := range s.slices {
		for i := range slice.Endpoints {
			if stateOf(slice.Endpoints[i].Conditions).Ready {
				ready[addressOf(&slice.Endpoints[i])] = true
			}
		}
	}
	return ready
}

func readyIn(desired []Endpoint) map[netip.Addr]bool {
	ready := map[netip.Addr]bool{}
	for i := range desired {
		if desired[i].Ready && !desired[i].Omit {
			ready[desired[i].Address] = true
		}
	}
	return ready
}

// anyServes reports whether kube-proxy has anything to send traffic to: where no
// endpoint is ready it takes those that terminate and still serve.
func (s *store) anyServes() bool {
	for _, slice := range s.slices {
		for i := range slice.Endpoints {
			if state := stateOf(slice.Endpoints[i].Conditions); state.Ready || state.Serving {
				return true
			}
		}
	}
	return false
}

func anyServes(desired []Endpoint) bool {
	for i := range desired {
		if state := desired[i].state(); !desired[i].Omit && (state.Ready || state.Serving) {
			return true
		}
	}
	return false
}

// wantNoGap applies the writes one by one. What is ready before and after must be
// ready in between, and the Service is never empty when it is neither before nor after.
func (s *store) wantNoGap(t fataler, writes []Write, before, after []Endpoint) {
	t.Helper()
	was, will := readyIn(before), readyIn(after)
	neverEmpty := anyServes(before) && anyServes(after)
	for i, w := range writes {
		s.apply(t, w)
		now := s.readyNow()
		for address := range was {
			if will[address] && !now[address] {
				t.Fatalf("after step %d, %s %s, %s is not ready", i, w.Operation, w.Slice.Name, address)
			}
		}
		if len(was) > 0 && len(will) > 0 && len(now) == 0 {
			t.Fatalf("after step %d, %s %s, no host is ready", i, w.Operation, w.Slice.Name)
		}
		if neverEmpty && !s.anyServes() {
			t.Fatalf("after step %d, %s %s, no host gets traffic", i, w.Operation, w.Slice.Name)
		}
	}
}

func TestPlanKeepsEndpointsBetweenWrites(t *testing.T) {
	webNamed := func(name string, number int32) Port {
		return Port{Name: name, Protocol: corev1.ProtocolTCP, Number: number}
	}
	failed := func(list []Endpoint, first, last int) []Endpoint {
		list = append([]Endpoint(nil), list...)
		for i := first; i < last; i++ {
			list[i].Ready, list[i].Serving = false, false
		}
		return list
	}
	tests := []struct {
		name          string
		before, after []Endpoint
		want          string
	}{
		{"a renamed port", hosts(0, 3, webNamed("web", 80)), hosts(0, 3, webNamed("http", 80)), "create delete"},
		{"another target port", hosts(0, 150, pg), hosts(0, 150, pgMoved), "create create delete delete"},
		{"an added port", hosts(0, 3, pg), hosts(0, 3, pg, metrics), "create delete"},
		{"another family", hosts(0, 3, pg), []Endpoint{up(v6(1), pg)}, "create delete"},
		{"ports split by health", hosts(0, 3, pg, metrics), append(hosts(0, 3, pg), hosts(0, 3, metrics)...), "create create delete"},
		{"one host changes its target port", append(hosts(0, 3, pg), up(v4(9), pgMoved)),
			append(hosts(0, 2, pg), up(v4(2), pgMoved), up(v4(9), pgMoved)), "update update handover"},
		{"two hosts exchange their target ports",
			[]Endpoint{up(v4(1), pg), up(v4(2), pg), up(v4(3), pgMoved), up(v4(4), pgMoved)},
			[]Endpoint{up(v4(1), pg), up(v4(3), pg), up(v4(2), pgMoved), up(v4(4), pgMoved)},
			"create create update handover update handover"},
		{"a host that a crash left in both of its slices",
			[]Endpoint{up(v4(1), pg), down(v4(2), pg), down(v4(1), pgMoved)},
			[]Endpoint{up(v4(2), pg), up(v4(1), pgMoved)}, "update update handover"},
		{"the only ready host fails where a host is added that is not ready",
			[]Endpoint{up(v4(1), pg), down(v4(9), pgMoved)},
			[]Endpoint{down(v4(1), pg), down(v4(2), pg), up(v4(9), pgMoved)}, "update update"},
		{"the only ready host is removed where a host is added that is not ready",
			[]Endpoint{up(v4(1), pg), down(v4(9), pgMoved)},
			[]Endpoint{down(v4(2), pg), up(v4(9), pgMoved)}, "update update"},
		{"the only ready host fails while the slice of the next one hands another over",
			[]Endpoint{up(v4(1), pg), down(v4(8), pgMoved), down(v4(9), pgMoved)},
			[]Endpoint{down(v4(1), pg), down(v4(8), metrics), up(v4(9), pgMoved)}, "create update handover update"},
		{"failover from one slice to another", failed(hosts(0, 200, pg), 100, 200), failed(hosts(0, 200, pg), 0, 100), "update update"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := settled(t, tt.before)
			writes := Plan(owner(), s.list(), tt.after)
			s.wantNoGap(t, writes, tt.before, tt.after)
			var got string
			for _, w := range writes {
				got += fmt.Sprint(" ", w.Operation)
				if w.MovesOut {
					got += " handover"
				}
			}
			if diff := cmp.Diff(" "+tt.want, got); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanAddsReadyBeforeRemoving(t *testing.T) {
	before := hosts(0, 200, pg)
	after := hosts(0, 200, pg)
	for i := range 100 {
		before[100+i].Ready = false
		after[i].Ready = false
	}
	s := settled(t, before)
	writes := s.reconcile(t, owner(), after)
	wantWrites(t, writes, summary{Updates: 2})
	if writes[0].Slice.Name != s.holder(v4(150)) {
		t.Error("the slice of the failing hosts is written first")
	}
}

func TestPlanRepairsUnlabelledSliceFirst(t *testing.T) {
	before := hosts(0, 200, pg)
	s := settled(t, before)
	hidden := s.slices[s.holder(v4(150))]
	delete(hidden.Labels, discoveryv1.LabelServiceName)
	writes := s.reconcile(t, owner(), with(before, 5, down(v4(5), pg)))
	wantWrites(t, writes, summary{Updates: 2})
	if writes[0].Slice.Name != hidden.Name {
		t.Errorf("%s is written first", writes[0].Slice.Name)
	}
}

func TestPlanDeletesObsoleteSlicesLast(t *testing.T) {
	s := settled(t, append(hosts(0, 3, pg), hosts(5, 7, metrics)...))
	writes := s.reconcile(t, owner(), hosts(0, 120, pg))
	if last := writes[len(writes)-1]; last.Operation != Delete || *last.Slice.Ports[0].Name != "metrics" {
		t.Errorf("got %s %s last", last.Operation, last.Slice.Name)
	}
}
