package endpointslice

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func endpointsOnce(t *testing.T, desired []Endpoint) *corev1.Endpoints {
	t.Helper()
	endpoints, changed := Endpoints(owner(), nil, desired, corev1.IPv4Protocol)
	if !changed {
		t.Fatal("what does not exist is not to be written")
	}
	if _, again := Endpoints(owner(), endpoints, desired, corev1.IPv4Protocol); again {
		t.Fatal("what was just written is to be written again")
	}
	return endpoints
}

func TestEndpointsMatchesSlices(t *testing.T) {
	named := up(v4(300), pg, metrics)
	named.Hostname = "db-0"
	got := endpointsOnce(t, []Endpoint{named, up(v4(20), pg, metrics), down(v4(3), pg, metrics), draining(v4(4), pg), up(v6(1), pg)})
	want := &corev1.Endpoints{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop",
			Name:      "orders-db",
			Labels: map[string]string{
				"endpointslice.kubernetes.io/skip-mirror": "true",
				"endpoints.kubernetes.io/managed-by":      "operator.external-endpoints.io",
			},
			OwnerReferences: []metav1.OwnerReference{owner().Reference},
		},
		Subsets: []corev1.EndpointSubset{{
			Addresses:         []corev1.EndpointAddress{{IP: "198.18.0.20"}, {IP: "198.18.1.44", Hostname: "db-0"}},
			NotReadyAddresses: []corev1.EndpointAddress{{IP: "198.18.0.3"}},
			Ports: []corev1.EndpointPort{
				{Name: "metrics", Port: 9187, Protocol: corev1.ProtocolTCP},
				{Name: "pg", Port: 5432, Protocol: corev1.ProtocolTCP},
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEndpointsListsPrimaryFamilyOnly(t *testing.T) {
	desired := []Endpoint{up(v4(1), pg), up(v6(1), pg)}
	got, _ := Endpoints(owner(), nil, desired, corev1.IPv6Protocol)
	if len(got.Subsets) != 1 || len(got.Subsets[0].Addresses) != 1 || got.Subsets[0].Addresses[0].IP != "2001:db8::1" {
		t.Errorf("got %+v", got.Subsets)
	}
}

func TestEndpointsPortsWithOwnHealth(t *testing.T) {
	got := endpointsOnce(t, []Endpoint{
		up(v4(1), pg), up(v4(1), metrics),
		up(v4(2), pg), down(v4(2), metrics),
	})
	one, two := corev1.EndpointAddress{IP: "198.18.0.1"}, corev1.EndpointAddress{IP: "198.18.0.2"}
	pgPort := corev1.EndpointPort{Name: "pg", Port: 5432, Protocol: corev1.ProtocolTCP}
	metricsPort := corev1.EndpointPort{Name: "metrics", Port: 9187, Protocol: corev1.ProtocolTCP}
	want := []corev1.EndpointSubset{
		{Ports: []corev1.EndpointPort{metricsPort, pgPort}, Addresses: []corev1.EndpointAddress{one}},
		{Ports: []corev1.EndpointPort{metricsPort}, NotReadyAddresses: []corev1.EndpointAddress{two}},
		{Ports: []corev1.EndpointPort{pgPort}, Addresses: []corev1.EndpointAddress{two}},
	}
	byPorts := cmp.Transformer("byPorts", func(subsets []corev1.EndpointSubset) map[string]corev1.EndpointSubset {
		m := map[string]corev1.EndpointSubset{}
		for _, s := range subsets {
			var key string
			for _, p := range s.Ports {
				key += p.Name + " "
			}
			m[key] = s
		}
		return m
	})
	if diff := cmp.Diff(want, got.Subsets, byPorts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEndpointsIgnoresHostOrder(t *testing.T) {
	desired := append(append(hosts(0, 30, pg, metrics), hosts(30, 40, metrics)...), hosts(30, 40, pg)...)
	reversed := make([]Endpoint, len(desired))
	for i, e := range desired {
		reversed[len(desired)-1-i] = e
	}
	if diff := cmp.Diff(endpointsOnce(t, desired), endpointsOnce(t, reversed)); diff != "" {
		t.Errorf("(-one way +the other):\n%s", diff)
	}
}

func TestPublishedCountsPublishNotReadyAddresses(t *testing.T) {
	e := Endpoint{Address: v4(1), Ports: []Port{pg}, Ready: true, Serving: true, Terminating: true}
	if got := endpointsOnce(t, []Endpoint{e}).Subsets; len(got) != 1 || len(got[0].Addresses) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestEndpointsExistsWithoutHosts(t *testing.T) {
	if got := endpointsOnce(t, nil); len(got.Subsets) != 0 {
		t.Errorf("got %+v", got.Subsets)
	}
}

func countAddresses(e *corev1.Endpoints) (ready, notReady int) {
	for _, s := range e.Subsets {
		ready += len(s.Addresses)
		notReady += len(s.NotReadyAddresses)
	}
	return ready, notReady
}

func TestEndpointsOverCapacity(t *testing.T) {
	mixed := hosts(0, 1200, pg)
	for i := range mixed {
		mixed[i].Ready = i%2 == 1
	}
	twoPorts := append(hosts(0, 1000, pg), hosts(0, 1000, metrics)...)
	tests := []struct {
		name            string
		desired         []Endpoint
		ready, notReady int
		truncated       bool
	}{
		{"a thousand fit", hosts(0, 1000, pg), 1000, 0, false},
		{"a thousand fit however many ports are checked by themselves", twoPorts, 1000, 0, false},
		{"one more does not", hosts(0, 1001, pg), 1000, 0, true},
		{"ready ones go first", mixed, 600, 400, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := endpointsOnce(t, tt.desired)
			ready, notReady := countAddresses(got)
			if ready != tt.ready || notReady != tt.notReady {
				t.Errorf("got %d ready and %d not", ready, notReady)
			}
			if truncated := got.Annotations[corev1.EndpointsOverCapacity] == "truncated"; truncated != tt.truncated {
				t.Errorf("got annotations %v", got.Annotations)
			}
			fewer, changed := Endpoints(owner(), got, tt.desired[:10], corev1.IPv4Protocol)
			if _, there := fewer.Annotations[corev1.EndpointsOverCapacity]; there || !changed {
				t.Errorf("with ten hosts: changed %v, annotations %v", changed, fewer.Annotations)
			}
		})
	}
}

func TestEndpointsTakesOverForeignObject(t *testing.T) {
	theirs := &corev1.Endpoints{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "orders-db", UID: "e", ResourceVersion: "7",
			Labels:      map[string]string{"team": "shop", corev1.IsHeadlessService: ""},
			Annotations: map[string]string{"note": "x", corev1.EndpointsLastChangeTriggerTime: "2020-01-01T00:00:00Z"},
		},
		Subsets: []corev1.EndpointSubset{{Addresses: []corev1.EndpointAddress{{IP: "203.0.113.9"}}}},
	}
	before := theirs.DeepCopy()
	got, changed := Endpoints(owner(), theirs, hosts(1, 2, pg), corev1.IPv4Protocol)
	if !changed {
		t.Fatal("nothing is to be written")
	}
	want := endpointsOnce(t, hosts(1, 2, pg))
	want.UID, want.ResourceVersion = "e", "7"
	want.Labels["team"], want.Annotations = "shop", map[string]string{"note": "x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, theirs); diff != "" {
		t.Errorf("the cached object was changed:\n%s", diff)
	}
}

func TestEndpointsRestoresForeignChanges(t *testing.T) {
	tests := []struct {
		name string
		edit func(*corev1.Endpoints)
	}{
		{"skip-mirror is gone", func(e *corev1.Endpoints) { delete(e.Labels, "endpointslice.kubernetes.io/skip-mirror") }},
		{"skip-mirror is off", func(e *corev1.Endpoints) { e.Labels["endpointslice.kubernetes.io/skip-mirror"] = "false" }},
		{"the owner is gone", func(e *corev1.Endpoints) { e.OwnerReferences = nil }},
		{"an address was added", func(e *corev1.Endpoints) {
			e.Subsets[0].Addresses = append(e.Subsets[0].Addresses, corev1.EndpointAddress{IP: "203.0.113.9"})
		}},
		{"an address has a target", func(e *corev1.Endpoints) { e.Subsets[0].Addresses[0].TargetRef = &corev1.ObjectReference{} }},
		{"an address has a node", func(e *corev1.Endpoints) { e.Subsets[0].Addresses[0].NodeName = ptr("n") }},
		{"a port has another number", func(e *corev1.Endpoints) { e.Subsets[0].Ports[0].Port = 22 }},
		{"the capacity annotation is wrong", func(e *corev1.Endpoints) {
			e.Annotations = map[string]string{corev1.EndpointsOverCapacity: "warning"}
		}},
	}
	desired := hosts(0, 3, pg)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			edited := endpointsOnce(t, desired)
			tt.edit(edited)
			restored, changed := Endpoints(owner(), edited, desired, corev1.IPv4Protocol)
			if !changed {
				t.Fatal("nothing is to be written")
			}
			if _, again := Endpoints(owner(), restored, desired, corev1.IPv4Protocol); again {
				t.Error("it is to be written again")
			}
		})
	}
}

func TestEndpointsTriggerTimeAnnotation(t *testing.T) {
	at := func(e Endpoint, trigger time.Time) Endpoint { e.Trigger = trigger; return e }
	withheld := at(down(v4(1), pg), tenOClock)
	withheld.Omit = true
	before := hosts(0, 3, pg)
	const told = "2026-11-21T10:00:00.123456789Z"
	tests := []struct {
		name  string
		after []Endpoint
		want  string
	}{
		{"tells when the deciding run began", with(before, 1, at(down(v4(1), pg), tenOClock)), told},
		{"ignores endpoints that do not change",
			with(with(before, 1, at(up(v4(1), pg), tenOClock.Add(-time.Hour))), 2, at(down(v4(2), pg), tenOClock)), told},
		{"tells of a host that is taken out altogether", with(before, 1, withheld), told},
		{"tells of a new host that passed", append(hosts(0, 3, pg), at(up(v4(9), pg), tenOClock)), told},
		{"goes when the user caused the change", with(before, 1, down(v4(1), pg)), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			existing := endpointsOnce(t, before)
			existing.Annotations = map[string]string{corev1.EndpointsLastChangeTriggerTime: "2020-01-01T00:00:00Z"}
			got, changed := Endpoints(owner(), existing, tt.after, corev1.IPv4Protocol)
			if got := got.Annotations[corev1.EndpointsLastChangeTriggerTime]; !changed || got != tt.want {
				t.Errorf("changed %v, got %q, want %q", changed, got, tt.want)
			}
		})
	}
}

// An SRV record may lead to two ports of one host: a subset that names a port twice
// would leave it to the reader which of them is meant.
func TestPlanListsAddressOncePerTargetPort(t *testing.T) {
	second := pg
	second.Number = 5433
	endpoints, _ := Endpoints(owner(), nil, []Endpoint{up(v4(1), pg), up(v4(1), second), up(v4(1), metrics)}, corev1.IPv4Protocol)
	var got [][]int32
	for _, subset := range endpoints.Subsets {
		var numbers []int32
		for _, port := range subset.Ports {
			numbers = append(numbers, port.Port)
		}
		got = append(got, numbers)
	}
	if diff := cmp.Diff([][]int32{{metrics.Number, pg.Number}, {second.Number}}, got); diff != "" {
		t.Errorf("ports by subset (-want +got):\n%s", diff)
	}
}
