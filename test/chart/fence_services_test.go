package chart

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// services: with the operator's token somebody could point the ports of any Service
// elsewhere, or have a Service draw other people's addresses to itself.
func (f fence) services(t *testing.T) {
	ours, theirs, selecting, controlled := service("ours-too"), service("theirs-too"), service("selecting"), service("controlled-too")
	theirs.Labels, theirs.OwnerReferences = map[string]string{"app.kubernetes.io/managed-by": "Helm"}, nil
	selecting.Spec.Selector = map[string]string{"app": "shop"}
	controlled.OwnerReferences[0].APIVersion, controlled.OwnerReferences[0].Kind, controlled.OwnerReferences[0].UID = "apps/v1", "Deployment", "3"
	relabelled, orphaned, drawing := service("relabelled-too"), service("orphaned"), service("drawing")
	relabelled.Labels, orphaned.OwnerReferences = nil, nil
	drawing.Spec.ExternalIPs = []string{"198.51.100.1"}
	balanced := service("balanced")
	balanced.Spec.Type, balanced.Spec.LoadBalancerIP = corev1.ServiceTypeLoadBalancer, "198.51.100.1"
	f.stored(t, ours, theirs, selecting, controlled, relabelled, orphaned, drawing, balanced)
	port := func(s *corev1.Service) { s.Spec.Ports[0].Port = 81 }
	ownAndMark := func(s *corev1.Service) { s.Labels, s.OwnerReferences = ours.Labels, ours.OwnerReferences }

	for name, err := range map[string]error{
		"making one":                         f.operator.Create(t.Context(), service("made-too"), client.DryRunAll),
		"another port of ours":               updateOf(f, t, ours, port),
		"another type of ours":               updateOf(f, t, ours, func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeNodePort }),
		"marking again what was ours":        updateOf(f, t, relabelled, ownAndMark),
		"owning again what was orphaned":     updateOf(f, t, orphaned, ownAndMark),
		"leaving others' external IPs alone": updateOf(f, t, drawing, port),
		"leaving a load balancer IP alone":   updateOf(f, t, balanced, port),
		"taking a load balancer IP away":     updateOf(f, t, balanced, func(s *corev1.Service) { s.Spec.LoadBalancerIP = "" }),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	made := func(change func(*corev1.Service)) error {
		s := service("made-too")
		change(s)
		return f.operator.Create(t.Context(), s, client.DryRunAll)
	}
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"another port of theirs":             {updateOf(f, t, theirs, port), saysMark},
		"taking theirs over":                 {updateOf(f, t, theirs, ownAndMark), saysBefore},
		"letting go of theirs":               {updateOf(f, t, theirs, func(s *corev1.Service) { s.Labels = nil }), saysMark},
		"taking what somebody controls":      {updateOf(f, t, controlled, ownAndMark), saysController},
		"another owner":                      {updateOf(f, t, ours, func(s *corev1.Service) { s.OwnerReferences[0].UID = "2" }), saysController},
		"disowning ours":                     {updateOf(f, t, ours, func(s *corev1.Service) { s.OwnerReferences = nil }), saysMark},
		"another port where Pods are chosen": {updateOf(f, t, selecting, port), saysSelector},
		"choosing Pods":                      {updateOf(f, t, ours, func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "shop"} }), saysSelector},
		"choosing other Pods":                {updateOf(f, t, selecting, func(s *corev1.Service) { s.Spec.Selector["app"] = "bank" }), saysSelector},
		"choosing no Pods any more":          {updateOf(f, t, selecting, func(s *corev1.Service) { s.Spec.Selector = nil }), saysSelector},
		"drawing an address":                 {updateOf(f, t, ours, func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"198.51.100.1"} }), saysExternal},
		"drawing another address": {updateOf(f, t, drawing, func(s *corev1.Service) {
			s.Spec.ExternalIPs = append(s.Spec.ExternalIPs, "198.51.100.2")
		}), saysExternal},
		"making one without a mark":       {made(func(s *corev1.Service) { s.Labels = nil }), saysMark},
		"making one without an owner":     {made(func(s *corev1.Service) { s.OwnerReferences = nil }), saysMark},
		"making one that chooses Pods":    {made(func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "shop"} }), saysSelector},
		"making one that draws addresses": {made(func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"198.51.100.1"} }), saysExternal},
		"another load balancer IP":        {updateOf(f, t, balanced, func(s *corev1.Service) { s.Spec.LoadBalancerIP = "198.51.100.2" }), saysBalancer},
		"making one with a load balancer IP": {made(func(s *corev1.Service) {
			s.Spec.Type, s.Spec.LoadBalancerIP = corev1.ServiceTypeLoadBalancer, "198.51.100.1"
		}), saysBalancer},
		"making an alias": {made(func(s *corev1.Service) {
			s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeExternalName, "db.example.com"
		}), saysSelector},
	} {
		if err := refused(c.err, c.says); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := updateOf(fence{operator: f.admin}, t, theirs, port); err != nil {
		t.Errorf("the fence is around others too: %v", err)
	}
}

// service is one as the operator writes it.
func service(name string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: marked(name, "app.kubernetes.io/managed-by"),
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
	}
}
