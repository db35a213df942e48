package endpointslice

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestPlanWritesFewestSlices(t *testing.T) {
	tests := []struct {
		name          string
		before, after []Endpoint
		want          summary
		sizes         map[int]int
	}{
		{"nothing to nothing is nothing", nil, nil, summary{}, map[int]int{}},
		{"the first host makes a slice", nil, hosts(0, 1, pg), summary{Creates: 1}, map[int]int{1: 1}},
		{"250 hosts make three slices", nil, hosts(0, 250, pg), summary{Creates: 3}, map[int]int{100: 2, 50: 1}},
		{"the same again is nothing", hosts(0, 250, pg), hosts(0, 250, pg), summary{}, map[int]int{100: 2, 50: 1}},
		{"one more host goes where there is room", hosts(0, 250, pg), hosts(0, 251, pg), summary{Updates: 1}, map[int]int{100: 2, 51: 1}},
		{"99 to 100 fills the slice", hosts(0, 99, pg), hosts(0, 100, pg), summary{Updates: 1}, map[int]int{100: 1}},
		{"99 to 101 makes one slice and leaves the other alone", hosts(0, 99, pg), hosts(0, 101, pg), summary{Creates: 1}, map[int]int{99: 1, 2: 1}},
		{"100 to 101 makes one slice", hosts(0, 100, pg), hosts(0, 101, pg), summary{Creates: 1}, map[int]int{100: 1, 1: 1}},
		{"101 to 99 deletes nothing that still holds a host", hosts(0, 101, pg), hosts(2, 101, pg), summary{Updates: 1}, map[int]int{98: 1, 1: 1}},
		{"the last host of a slice takes it along", hosts(0, 101, pg), hosts(0, 100, pg), summary{Deletes: 1}, map[int]int{100: 1}},
		{"all hosts gone deletes all slices", hosts(0, 250, pg), nil, summary{Deletes: 3}, map[int]int{}},
		{"a replaced host takes the place of the old one", hosts(0, 150, pg), with(hosts(0, 150, pg), 7, up(v4(999), pg)), summary{Updates: 1}, map[int]int{100: 1, 50: 1}},
		{"replacing every host reuses the slices", hosts(0, 150, pg), hosts(500, 650, pg), summary{Updates: 2}, map[int]int{100: 1, 50: 1}},
		{"another family is another slice", hosts(0, 2, pg), append(hosts(0, 2, pg), up(v6(1), pg)), summary{Creates: 1}, map[int]int{2: 1, 1: 1}},
		{"a host with its own target port is in another slice", hosts(0, 2, pg), append(hosts(0, 2, pg), up(v4(2), pgMoved)), summary{Creates: 1}, map[int]int{2: 1, 1: 1}},
		{"hosts beyond several slices fill each of them", hosts(0, 10, pg), hosts(0, 350, pg), summary{Creates: 3, Updates: 1}, map[int]int{100: 3, 50: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := settled(t, tt.before)
			wantWrites(t, s.reconcile(t, owner(), tt.after), tt.want)
			if diff := cmp.Diff(tt.sizes, s.sizes()); diff != "" {
				t.Errorf("sizes (-want +got):\n%s", diff)
			}
			wantWrites(t, s.reconcile(t, owner(), tt.after), summary{})
		})
	}
}

func TestPlanAddsToSlicesAlreadyWritten(t *testing.T) {
	s := settled(t, hosts(0, 150, pg))
	// The full slice loses a host; the other one has more room, but is not touched.
	after := append(hosts(1, 150, pg), up(v4(700), pg))
	wantWrites(t, s.reconcile(t, owner(), after), summary{Updates: 1})
	if got, want := s.holder(v4(700)), s.holder(v4(5)); got != want {
		t.Errorf("the new host is in %s, want %s", got, want)
	}
}

func TestPlanFillsEmptiedSliceLast(t *testing.T) {
	s := settled(t, hosts(0, 101, pg))
	// Both slices lose a host, which empties the second one.
	after := append(hosts(1, 100, pg), up(v4(700), pg))
	wantWrites(t, s.reconcile(t, owner(), after), summary{Updates: 1, Deletes: 1})
}

func TestPlanFillsFullestSliceFirst(t *testing.T) {
	s := settled(t, hosts(0, 300, pg))
	var left []Endpoint
	left = append(left, hosts(0, 3, pg)...)
	left = append(left, hosts(100, 105, pg)...)
	left = append(left, hosts(200, 204, pg)...)
	wantWrites(t, s.reconcile(t, owner(), left), summary{Updates: 3})
	if diff := cmp.Diff(map[int]int{3: 1, 5: 1, 4: 1}, s.sizes()); diff != "" {
		t.Fatalf("sizes (-want +got):\n%s", diff)
	}
	wantWrites(t, s.reconcile(t, owner(), append(left, hosts(400, 460, pg)...)), summary{Updates: 1})
	if diff := cmp.Diff(map[int]int{3: 1, 65: 1, 4: 1}, s.sizes()); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

func TestPlanKeepsUnchangedHostInItsSlice(t *testing.T) {
	s := settled(t, hosts(0, 250, pg))
	before := map[int]string{}
	for n := range 250 {
		before[n] = s.holder(v4(n))
	}
	s.reconcile(t, owner(), append(hosts(0, 30, pg), hosts(120, 400, pg)...))
	for n := range 250 {
		if got := s.holder(v4(n)); (n < 30 || n >= 120) && got != before[n] {
			t.Errorf("%s moved from %s to %s", v4(n), before[n], got)
		}
	}
}

func TestPlanFirstOfDuplicateInputsCounts(t *testing.T) {
	// Enough of them that sorting by address would mix them up if it could.
	desired := append(hosts(0, 50, pg), hosts(0, 50, pg)...)
	for i := range desired[50:] {
		desired[50+i].Ready = false
	}
	slice := settled(t, desired).only(t)
	for _, e := range slice.Endpoints {
		if !*e.Conditions.Ready || len(slice.Endpoints) != 50 {
			t.Errorf("got %s as %+v", e.Addresses[0], stateOf(e.Conditions))
		}
	}
}

func TestPlanSkipsInvalidAddress(t *testing.T) {
	s := settled(t, []Endpoint{{Ports: []Port{pg}, Ready: true}, up(v4(1), pg)})
	if got := len(s.only(t).Endpoints); got != 1 {
		t.Errorf("got %d endpoints", got)
	}
}

// A plan that is made again, after a crash or by another copy, must write the same
// in the same order, however the endpoints came to be listed.
func TestPlanIsDeterministic(t *testing.T) {
	var desired []Endpoint
	for n := range 40 {
		desired = append(desired, up(v4(n), Port{Name: "pg", Protocol: corev1.ProtocolTCP, Number: int32(5432 + n%8)}))
	}
	plan := func() (steps []string) {
		for _, write := range Plan(owner(), nil, desired) {
			steps = append(steps, fmt.Sprint(write.Operation, " ", write.Slice.Name, " ", len(write.Slice.Endpoints)))
		}
		return steps
	}
	first := plan()
	for range 10 {
		slices.Reverse(desired)
		if diff := cmp.Diff(first, plan()); diff != "" {
			t.Fatalf("another plan for the same (-first +now):\n%s", diff)
		}
	}
}
