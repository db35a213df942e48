package endpointslice

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func ptr[T any](v T) *T { return &v }

func TestPlanNewSliceIsComplete(t *testing.T) {
	http2 := Port{Name: "web", Protocol: corev1.ProtocolTCP, Number: 8443, AppProtocol: ptr("kubernetes.io/h2c")}
	ready := Endpoint{Address: v4(300), Ports: []Port{http2, pg}, Ready: true, Serving: true, Hostname: "db-0", Zone: "eu-west-1a"}
	writes := Plan(owner(), nil, []Endpoint{ready, down(v4(20), http2, pg), draining(v4(3), pg, http2)})

	conditions := func(ready, serving, terminating bool) discoveryv1.EndpointConditions {
		return discoveryv1.EndpointConditions{Ready: &ready, Serving: &serving, Terminating: &terminating}
	}
	want := []Write{{Operation: Create, Slice: &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop",
			Name:      writes[0].Slice.Name,
			Labels: map[string]string{
				"kubernetes.io/service-name":             "orders-db",
				"endpointslice.kubernetes.io/managed-by": "operator.external-endpoints.io",
			},
			OwnerReferences: []metav1.OwnerReference{owner().Reference},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports: []discoveryv1.EndpointPort{
			{Name: ptr("pg"), Protocol: ptr(corev1.ProtocolTCP), Port: ptr(int32(5432))},
			{Name: ptr("web"), Protocol: ptr(corev1.ProtocolTCP), Port: ptr(int32(8443)), AppProtocol: ptr("kubernetes.io/h2c")},
		},
		Endpoints: []discoveryv1.Endpoint{
			{Addresses: []string{"198.18.0.3"}, Conditions: conditions(false, true, true)},
			{Addresses: []string{"198.18.0.20"}, Conditions: conditions(false, false, false)},
			{Addresses: []string{"198.18.1.44"}, Conditions: conditions(true, true, false), Hostname: ptr("db-0"), Zone: ptr("eu-west-1a")},
		},
	}}}
	if diff := cmp.Diff(want, writes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPlanUnnamedPortHasEmptyName(t *testing.T) {
	slice := settled(t, []Endpoint{up(v4(1), Port{Protocol: corev1.ProtocolTCP, Number: 80})}).only(t)
	if name := slice.Ports[0].Name; name == nil || *name != "" {
		t.Errorf("got %v", name)
	}
}

func TestPlanNeverWritesServingWithoutReady(t *testing.T) {
	e := settled(t, []Endpoint{{Address: v4(1), Ports: []Port{pg}, Serving: true}}).only(t).Endpoints[0]
	if got := stateOf(e.Conditions); got != (State{}) {
		t.Errorf("got %+v", got)
	}
}

func TestPlanCanonicalizesAddresses(t *testing.T) {
	tests := []struct {
		address string
		want    string
		family  discoveryv1.AddressType
	}{
		{"198.18.0.1", "198.18.0.1", discoveryv1.AddressTypeIPv4},
		{"2001:DB8:0:0::00ab", "2001:db8::ab", discoveryv1.AddressTypeIPv6},
		{"::ffff:198.18.0.1", "198.18.0.1", discoveryv1.AddressTypeIPv4},
	}
	for _, tt := range tests {
		slice := settled(t, []Endpoint{up(netip.MustParseAddr(tt.address), pg)}).only(t)
		if got := slice.Endpoints[0].Addresses[0]; got != tt.want || slice.AddressType != tt.family {
			t.Errorf("%s: got %s in a slice of %s", tt.address, got, slice.AddressType)
		}
	}
}

func TestPlanHeadlessLabelFollowsService(t *testing.T) {
	desired := hosts(0, 2, pg)
	s := settled(t, desired)
	headless := owner()
	headless.Headless = true

	wantWrites(t, s.reconcile(t, headless, desired), summary{Updates: 1})
	if value, labelled := s.only(t).Labels[corev1.IsHeadlessService]; !labelled || value != "" {
		t.Errorf("a headless Service's slice has labels %v", s.only(t).Labels)
	}
	wantWrites(t, s.reconcile(t, headless, desired), summary{})
	wantWrites(t, s.reconcile(t, owner(), desired), summary{Updates: 1})
	if _, labelled := s.only(t).Labels[corev1.IsHeadlessService]; labelled {
		t.Errorf("another Service's slice has labels %v", s.only(t).Labels)
	}
}
