package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/facts"
)

// defaulted is the Service as the API server stores it.
func defaulted(service *corev1.Service) *corev1.Service {
	s := service.DeepCopy()
	if s.Spec.ClusterIP == "" {
		s.Spec.ClusterIP = "10.96.0.7"
	}
	s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
	if s.Spec.IPFamilyPolicy == nil {
		s.Spec.IPFamilyPolicy = new(corev1.IPFamilyPolicySingleStack)
	}
	if len(s.Spec.IPFamilies) == 0 {
		s.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
	}
	if *s.Spec.IPFamilyPolicy != corev1.IPFamilyPolicySingleStack && len(s.Spec.IPFamilies) == 1 {
		s.Spec.IPFamilies = append(s.Spec.IPFamilies, corev1.IPv6Protocol)
		s.Spec.ClusterIPs = append(s.Spec.ClusterIPs, "fd00::7")
	}
	s.Spec.InternalTrafficPolicy = new(corev1.ServiceInternalTrafficPolicyCluster)
	if s.Spec.SessionAffinity == corev1.ServiceAffinityClientIP {
		s.Spec.SessionAffinityConfig = &corev1.SessionAffinityConfig{ClientIP: &corev1.ClientIPConfig{TimeoutSeconds: new(int32(10800))}}
	}
	if s.Spec.Type != corev1.ServiceTypeClusterIP {
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyCluster
		for i := range s.Spec.Ports {
			s.Spec.Ports[i].NodePort = int32(30000 + i)
		}
	}
	if s.Spec.Type == corev1.ServiceTypeLoadBalancer {
		s.Spec.AllocateLoadBalancerNodePorts = new(true)
	}
	return s
}

// shape is an object whose Service has a shape.
func shape(s v1alpha1.ServiceSpec) *v1alpha1.ExternalService {
	return object(func(o *v1alpha1.ExternalService) {
		s.Management = v1alpha1.ServiceManaged
		o.Spec.Service = s
	})
}

// given are the facts about an object with a Service.
func given(o *v1alpha1.ExternalService, service *corev1.Service) facts.Facts {
	return facts.Facts{Object: o, Service: service}
}

func TestANewServiceIsWhatTheSpecSays(t *testing.T) {
	dual := corev1.IPFamilyPolicyPreferDualStack
	o := shape(v1alpha1.ServiceSpec{
		Name: "orders", Type: corev1.ServiceTypeNodePort, SessionAffinity: corev1.ServiceAffinityClientIP,
		IPFamilyPolicy: &dual, IPFamilies: []corev1.IPFamily{corev1.IPv6Protocol},
		Labels: map[string]v1alpha1.LabelValue{"team": "shop"}, Annotations: map[string]string{"example.com/note": "x"},
	})
	proto := "https"
	o.Spec.Ports = []v1alpha1.Port{{Name: "pg", Port: 5432, TargetPort: 6432}, {Name: "dns", Port: 53, Protocol: corev1.ProtocolUDP, AppProtocol: proto}}
	want := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "orders",
			Labels:          map[string]string{"team": "shop", desired.ManagedByLabel: v1alpha1.ManagedBy},
			Annotations:     map[string]string{"example.com/note": "x", desired.AppliedAnnotation: `{"labels":["team"],"annotations":["example.com/note"]}`},
			OwnerReferences: []metav1.OwnerReference{desired.OwnerReference(o)},
		},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeNodePort, SessionAffinity: corev1.ServiceAffinityClientIP,
			IPFamilyPolicy: &dual, IPFamilies: []corev1.IPFamily{corev1.IPv6Protocol},
			Ports: []corev1.ServicePort{
				{Name: "pg", Protocol: corev1.ProtocolTCP, Port: 5432, TargetPort: intstr.FromInt32(6432)},
				{Name: "dns", Protocol: corev1.ProtocolUDP, Port: 53, TargetPort: intstr.FromInt32(53), AppProtocol: &proto},
			},
		},
	}
	got, differs := desired.Service(given(o, nil))
	if diff := cmp.Diff(want, got); diff != "" || !differs {
		t.Errorf("differs is %t, Service (-want +got):\n%s", differs, diff)
	}
}

func TestAServiceAtRestIsNotWritten(t *testing.T) {
	single, prefer, require := corev1.IPFamilyPolicySingleStack, corev1.IPFamilyPolicyPreferDualStack, corev1.IPFamilyPolicyRequireDualStack
	v4, v6 := corev1.IPv4Protocol, corev1.IPv6Protocol
	tests := []struct {
		name string
		spec v1alpha1.ServiceSpec
	}{
		{"cluster IP", v1alpha1.ServiceSpec{}},
		{"node port", v1alpha1.ServiceSpec{Type: corev1.ServiceTypeNodePort}},
		{"load balancer", v1alpha1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer}},
		{"headless", v1alpha1.ServiceSpec{Headless: true}},
		{"session affinity", v1alpha1.ServiceSpec{SessionAffinity: corev1.ServiceAffinityClientIP}},
		{"labels and annotations", v1alpha1.ServiceSpec{Labels: map[string]v1alpha1.LabelValue{"a": "b"}, Annotations: map[string]string{"c": "d"}}},
		{"one family", v1alpha1.ServiceSpec{IPFamilyPolicy: &single, IPFamilies: []corev1.IPFamily{v4}}},
		{"two families where there are two", v1alpha1.ServiceSpec{IPFamilyPolicy: &prefer}},
		{"the first of two families", v1alpha1.ServiceSpec{IPFamilyPolicy: &prefer, IPFamilies: []corev1.IPFamily{v4}}},
		{"two families", v1alpha1.ServiceSpec{IPFamilyPolicy: &require, IPFamilies: []corev1.IPFamily{v6, v4}}},
		{"a traffic distribution", v1alpha1.ServiceSpec{TrafficDistribution: corev1.ServiceTrafficDistributionPreferSameZone}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := shape(tt.spec)
			created, _ := desired.Service(given(o, nil))
			stored := defaulted(created)
			stored.Labels["controller.example.com/x"] = "others"
			stored.Annotations = desired.Overlay(stored.Annotations, nil, map[string]string{"lb.example.com/id": "7"})
			if again, differs := desired.Service(given(o, stored)); differs {
				t.Errorf("it would be written again (-stored +desired):\n%s", cmp.Diff(stored, again))
			}
		})
	}
}

func TestAChangeOfTheSpecReachesTheService(t *testing.T) {
	prefer, single := corev1.IPFamilyPolicyPreferDualStack, corev1.IPFamilyPolicySingleStack
	tests := []struct {
		name          string
		before, after v1alpha1.ServiceSpec
		reached       func(corev1.ServiceSpec) bool
	}{
		{"to node ports", v1alpha1.ServiceSpec{}, v1alpha1.ServiceSpec{Type: corev1.ServiceTypeNodePort},
			func(s corev1.ServiceSpec) bool { return s.Type == corev1.ServiceTypeNodePort }},
		{"a Service without node ports has none left", v1alpha1.ServiceSpec{Type: corev1.ServiceTypeNodePort}, v1alpha1.ServiceSpec{},
			func(s corev1.ServiceSpec) bool {
				return s.Type == corev1.ServiceTypeClusterIP && s.Ports[0].NodePort == 0
			}},
		{"a load balancer keeps its node ports", v1alpha1.ServiceSpec{Type: corev1.ServiceTypeNodePort}, v1alpha1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer},
			func(s corev1.ServiceSpec) bool {
				return s.Type == corev1.ServiceTypeLoadBalancer && s.Ports[0].NodePort == 30000
			}},
		{"no session affinity has no settings left", v1alpha1.ServiceSpec{SessionAffinity: corev1.ServiceAffinityClientIP}, v1alpha1.ServiceSpec{},
			func(s corev1.ServiceSpec) bool {
				return s.SessionAffinity == corev1.ServiceAffinityNone && s.SessionAffinityConfig == nil
			}},
		{"a traffic distribution", v1alpha1.ServiceSpec{}, v1alpha1.ServiceSpec{TrafficDistribution: corev1.ServiceTrafficDistributionPreferClose},
			func(s corev1.ServiceSpec) bool {
				return s.TrafficDistribution != nil && *s.TrafficDistribution == corev1.ServiceTrafficDistributionPreferClose
			}},
		{"no traffic distribution", v1alpha1.ServiceSpec{TrafficDistribution: corev1.ServiceTrafficDistributionPreferClose}, v1alpha1.ServiceSpec{},
			func(s corev1.ServiceSpec) bool { return s.TrafficDistribution == nil }},
		{"a second family", v1alpha1.ServiceSpec{}, v1alpha1.ServiceSpec{IPFamilyPolicy: &prefer, IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}},
			func(s corev1.ServiceSpec) bool { return *s.IPFamilyPolicy == prefer && len(s.IPFamilies) == 2 }},
		// The API server drops the second family and its address together.
		{"back to one family", v1alpha1.ServiceSpec{IPFamilyPolicy: &prefer}, v1alpha1.ServiceSpec{IPFamilyPolicy: &single, IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol}},
			func(s corev1.ServiceSpec) bool {
				return *s.IPFamilyPolicy == single && len(s.IPFamilies) == len(s.ClusterIPs)
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			created, _ := desired.Service(given(shape(tt.before), nil))
			got, differs := desired.Service(given(shape(tt.after), defaulted(created)))
			if !differs || !tt.reached(got.Spec) {
				t.Errorf("differs is %t, got %+v", differs, got.Spec)
			}
		})
	}
}

func TestNodePortsFollowTheNameOfTheirPort(t *testing.T) {
	o := shape(v1alpha1.ServiceSpec{Type: corev1.ServiceTypeNodePort})
	o.Spec.Ports = []v1alpha1.Port{pgPort, webPort}
	created, _ := desired.Service(given(o, nil))
	stored := defaulted(created)
	o.Spec.Ports = []v1alpha1.Port{{Name: "new", Port: 1}, webPort, pgPort}
	got, _ := desired.Service(given(o, stored))
	var nodePorts []int32
	for _, port := range got.Spec.Ports {
		nodePorts = append(nodePorts, port.NodePort)
	}
	if diff := cmp.Diff([]int32{0, 30001, 30000}, nodePorts); diff != "" {
		t.Errorf("node ports (-want +got):\n%s", diff)
	}
}

func TestMetadataIsPutOnAndTakenOffAgain(t *testing.T) {
	dressed := shape(v1alpha1.ServiceSpec{Labels: map[string]v1alpha1.LabelValue{"team": "shop", "tier": "db"}, Annotations: map[string]string{"note": "x"}})
	created, _ := desired.Service(given(dressed, nil))
	stored := defaulted(created)
	stored.Labels["theirs"], stored.Annotations["theirs"] = "1", "1"

	other := shape(v1alpha1.ServiceSpec{Labels: map[string]v1alpha1.LabelValue{"team": "web"}})
	changed, _ := desired.Service(given(other, stored))
	wantLabels := map[string]string{"team": "web", "theirs": "1", desired.ManagedByLabel: v1alpha1.ManagedBy}
	wantAnnotations := map[string]string{"theirs": "1", desired.AppliedAnnotation: `{"labels":["team"]}`}
	if diff := cmp.Diff(wantLabels, changed.Labels) + cmp.Diff(wantAnnotations, changed.Annotations); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}

	bare, _ := desired.Service(given(shape(v1alpha1.ServiceSpec{}), changed))
	wantLabels, wantAnnotations = map[string]string{"theirs": "1", desired.ManagedByLabel: v1alpha1.ManagedBy}, map[string]string{"theirs": "1"}
	if diff := cmp.Diff(wantLabels, bare.Labels) + cmp.Diff(wantAnnotations, bare.Annotations); diff != "" {
		t.Errorf("bare (-want +got):\n%s", diff)
	}
}

func TestABrokenMemoryOfMetadataTakesNothingOff(t *testing.T) {
	service := ownedService(object())
	service.Labels["theirs"] = "1"
	service.Annotations = map[string]string{desired.AppliedAnnotation: `{"labels":["theirs"`}
	got, _ := desired.Service(given(object(), service))
	if got.Labels["theirs"] != "1" || got.Annotations[desired.AppliedAnnotation] != "" {
		t.Errorf("got labels %v, annotations %v", got.Labels, got.Annotations)
	}
}

func TestAnOrphanedServiceIsTakenBack(t *testing.T) {
	o := object()
	service := ownedService(o)
	service.OwnerReferences = nil
	if got, differs := desired.Service(given(o, service)); !differs || !metav1.IsControlledBy(got, o) {
		t.Errorf("differs is %t, owners are %+v", differs, got.OwnerReferences)
	}
}

func TestAnExistingServiceIsNeverChanged(t *testing.T) {
	service := somebodysService()
	if got, differs := desired.Service(given(object(existing), service)); differs || got != service {
		t.Errorf("differs is %t, got %+v", differs, got)
	}
}

func TestTheFactsAreNotChanged(t *testing.T) {
	o := shape(v1alpha1.ServiceSpec{
		Type: corev1.ServiceTypeNodePort, Labels: map[string]v1alpha1.LabelValue{"a": "b"},
		IPFamilies: []corev1.IPFamily{corev1.IPv6Protocol}, IPFamilyPolicy: new(corev1.IPFamilyPolicySingleStack),
	})
	stored := defaulted(ownedService(o))
	object, service := o.DeepCopy(), stored.DeepCopy()
	got, _ := desired.Service(given(o, stored))
	// As decoding the API server's answer into it may do.
	got.Labels["x"], got.Spec.Ports[0].Name, got.OwnerReferences[0].Name = "y", "z", "z"
	got.Spec.IPFamilies[0], *got.Spec.IPFamilyPolicy = corev1.IPv4Protocol, corev1.IPFamilyPolicyPreferDualStack
	if diff := cmp.Diff(object, o) + cmp.Diff(service, stored); diff != "" {
		t.Errorf("changed (-before +after):\n%s", diff)
	}
}
