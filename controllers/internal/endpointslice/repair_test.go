package endpointslice

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPlanRestoresForeignChangesInOneUpdate(t *testing.T) {
	no, nobody := false, "node-1"
	tests := []struct {
		name string
		edit func(*discoveryv1.EndpointSlice)
	}{
		{"the managed-by label is gone", func(s *discoveryv1.EndpointSlice) { delete(s.Labels, discoveryv1.LabelManagedBy) }},
		{"the managed-by label names another", func(s *discoveryv1.EndpointSlice) { s.Labels[discoveryv1.LabelManagedBy] = "other" }},
		{"the Service label names another", func(s *discoveryv1.EndpointSlice) { s.Labels[discoveryv1.LabelServiceName] = "other" }},
		{"all labels are gone", func(s *discoveryv1.EndpointSlice) { s.Labels = nil }},
		{"a headless label hides the slice from kube-proxy", func(s *discoveryv1.EndpointSlice) { s.Labels[corev1.IsHeadlessService] = "" }},
		{"the owner is gone", func(s *discoveryv1.EndpointSlice) { s.OwnerReferences = nil }},
		{"the owner is no longer the controller", func(s *discoveryv1.EndpointSlice) { s.OwnerReferences[0].Controller = &no }},
		{"the owner has another name", func(s *discoveryv1.EndpointSlice) { s.OwnerReferences[0].Name = "other" }},
		{"a condition is nil", func(s *discoveryv1.EndpointSlice) { s.Endpoints[1].Conditions.Ready = nil }},
		{"a host is back in", func(s *discoveryv1.EndpointSlice) { s.Endpoints[0].Conditions.Ready = ptr(true) }},
		{"a host is out", func(s *discoveryv1.EndpointSlice) { s.Endpoints[1].Conditions.Ready = ptr(false) }},
		{"an endpoint has hints", func(s *discoveryv1.EndpointSlice) { s.Endpoints[1].Hints = &discoveryv1.EndpointHints{} }},
		{"an endpoint has a node", func(s *discoveryv1.EndpointSlice) { s.Endpoints[1].NodeName = &nobody }},
		{"an endpoint has a target", func(s *discoveryv1.EndpointSlice) { s.Endpoints[1].TargetRef = &corev1.ObjectReference{Name: "x"} }},
		{"an endpoint has a second address", func(s *discoveryv1.EndpointSlice) { s.Endpoints[1].Addresses = []string{"198.18.0.1", "198.18.0.9"} }},
		{"an endpoint has no address", func(s *discoveryv1.EndpointSlice) { s.Endpoints[1].Addresses = nil }},
		{"an endpoint stands there twice", func(s *discoveryv1.EndpointSlice) { s.Endpoints = append(s.Endpoints, s.Endpoints[0]) }},
		{"a foreign endpoint was added", func(s *discoveryv1.EndpointSlice) {
			s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{Addresses: []string{"203.0.113.66"}})
		}},
		{"all endpoints are gone", func(s *discoveryv1.EndpointSlice) { s.Endpoints = nil }},
		{"a port has another number", func(s *discoveryv1.EndpointSlice) { s.Ports[0].Port = ptr(int32(22)) }},
		{"a port has no name", func(s *discoveryv1.EndpointSlice) { s.Ports[0].Name = nil }},
		{"the ports are gone", func(s *discoveryv1.EndpointSlice) { s.Ports = nil }},
		{"an unknown port was added", func(s *discoveryv1.EndpointSlice) { s.Ports = append(s.Ports, pgPort("x", 1)) }},
	}
	desired := []Endpoint{down(v4(0), pg), up(v4(1), pg), draining(v4(2), pg)}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := settled(t, desired)
			want := s.only(t).DeepCopy()
			tt.edit(s.only(t))
			wantWrites(t, s.reconcile(t, owner(), desired), summary{Updates: 1})
			got := s.only(t).DeepCopy()
			got.ResourceVersion = want.ResourceVersion
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			wantWrites(t, s.reconcile(t, owner(), desired), summary{})
		})
	}
}

func pgPort(name string, number int32) discoveryv1.EndpointPort {
	return discoveryv1.EndpointPort{Name: &name, Protocol: ptr(corev1.ProtocolTCP), Port: &number}
}

func TestPlanSkipsEquivalentSlices(t *testing.T) {
	tests := []struct {
		name string
		edit func(*discoveryv1.EndpointSlice)
	}{
		{"an empty text instead of none", func(s *discoveryv1.EndpointSlice) {
			s.Endpoints[0].Hostname, s.Endpoints[0].Zone, s.Ports[0].AppProtocol = ptr(""), ptr(""), ptr("")
		}},
		{"another order of endpoints", func(s *discoveryv1.EndpointSlice) {
			s.Endpoints[0], s.Endpoints[1] = s.Endpoints[1], s.Endpoints[0]
		}},
		{"another order of ports", func(s *discoveryv1.EndpointSlice) { s.Ports[0], s.Ports[1] = s.Ports[1], s.Ports[0] }},
		{"labels and annotations of others", func(s *discoveryv1.EndpointSlice) {
			s.Labels["team"], s.Annotations = "shop", map[string]string{"note": "x"}
		}},
		{"a further owner", func(s *discoveryv1.EndpointSlice) {
			s.OwnerReferences = append(s.OwnerReferences, metav1.OwnerReference{UID: "other"})
		}},
		{"managed fields", func(s *discoveryv1.EndpointSlice) { s.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "x"}} }},
	}
	desired := hosts(0, 3, pg, metrics)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := settled(t, desired)
			tt.edit(s.only(t))
			wantWrites(t, s.reconcile(t, owner(), desired), summary{})
		})
	}
}

func TestPlanKeepsForeignMetadata(t *testing.T) {
	desired := hosts(0, 3, pg)
	s := settled(t, desired)
	edited := s.only(t)
	edited.Labels["team"], edited.Annotations = "shop", map[string]string{"note": "x"}
	edited.OwnerReferences = append(edited.OwnerReferences, metav1.OwnerReference{UID: "other"})
	s.reconcile(t, owner(), hosts(0, 4, pg))
	got := s.only(t)
	if got.Labels["team"] != "shop" || got.Annotations["note"] != "x" || len(got.OwnerReferences) != 2 {
		t.Errorf("got %+v", got.ObjectMeta)
	}
}

func TestPlanLeavesForeignSlices(t *testing.T) {
	yes := true
	foreign := func(name string, edit func(*discoveryv1.EndpointSlice)) *discoveryv1.EndpointSlice {
		s := settled(t, hosts(0, 3, pg)).only(t)
		s.Name = name
		edit(s)
		return s
	}
	existing := []*discoveryv1.EndpointSlice{
		foreign("another-owner", func(s *discoveryv1.EndpointSlice) { s.OwnerReferences[0].UID = "other" }),
		foreign("another-manager", func(s *discoveryv1.EndpointSlice) {
			s.Labels[discoveryv1.LabelManagedBy], s.OwnerReferences = "endpointslice-controller.k8s.io", nil
		}),
		foreign("a-mirror", func(s *discoveryv1.EndpointSlice) {
			s.Labels[LabelEndpointsManagedBy] = ManagedBy
			s.Labels[discoveryv1.LabelManagedBy] = "endpointslicemirroring-controller.k8s.io"
			s.OwnerReferences = []metav1.OwnerReference{{Kind: "Endpoints", UID: "e", Controller: &yes}}
		}),
		foreign("nobody", func(s *discoveryv1.EndpointSlice) { s.Labels, s.OwnerReferences = nil, nil }),
	}
	wantWrites(t, Plan(owner(), existing, nil), summary{})
	wantWrites(t, Plan(owner(), existing, hosts(0, 3, pg)), summary{Creates: 1})
}

func TestPlanDropsDuplicateEndpoint(t *testing.T) {
	desired := hosts(0, 3, pg)
	s := settled(t, desired)
	first := s.only(t)
	second := first.DeepCopy()
	second.Name, second.UID = first.Name[:len(first.Name)-1]+"1", "copy"
	first.Endpoints[1].Conditions.Ready = ptr(false)
	second.Endpoints = append(second.Endpoints, discoveryv1.Endpoint{Addresses: []string{"198.18.0.9"}})
	s.slices[second.Name] = second
	desired = append(desired, up(v4(9), pg))

	writes := Plan(owner(), s.list(), desired)
	wantWrites(t, writes, summary{Updates: 2})
	if writes[0].MovesOut || !writes[1].MovesOut || writes[1].Slice.Name != second.Name {
		t.Error("the second copy may go before the first one is ready")
	}
	s.wantNoGap(t, writes, desired, desired)
	if diff := cmp.Diff(map[int]int{3: 1, 1: 1}, s.sizes()); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

func TestPlanTrimsOverfullSlice(t *testing.T) {
	desired := hosts(0, 130, pg)
	s := settled(t, hosts(0, 100, pg))
	s.only(t).Endpoints = endpointsOf(groupsOf(desired)[0].all())

	writes := Plan(owner(), s.list(), desired)
	wantWrites(t, writes, summary{Creates: 1, Updates: 1})
	s.wantNoGap(t, writes, desired, desired)
	if diff := cmp.Diff(map[int]int{100: 1, 30: 1}, s.sizes()); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

func (g *group) all() []*member {
	var list []*member
	for i := range g.members {
		list = append(list, &g.members[i])
	}
	return list
}

func TestPlanUsesEmptySliceBeforeUntouchedOne(t *testing.T) {
	s := settled(t, hosts(0, 150, pg))
	s.slices[s.holder(v4(5))].Endpoints = nil
	wantWrites(t, s.reconcile(t, owner(), hosts(100, 151, pg)), summary{Updates: 1})
	if diff := cmp.Diff(map[int]int{50: 1, 1: 1}, s.sizes()); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

func TestPlanIgnoresTerminatingSlices(t *testing.T) {
	desired := hosts(0, 3, pg)
	leaving := settled(t, desired).only(t)
	leaving.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
	writes := Plan(owner(), []*discoveryv1.EndpointSlice{leaving}, desired)
	wantWrites(t, writes, summary{Creates: 1})
	if writes[0].Slice.Name == leaving.Name {
		t.Error("its name is used while it is still there")
	}
}
