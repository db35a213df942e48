package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
)

// Whoever stands before the cluster is told of node ports by hand. A port that gets
// another name is still the same port.
func TestANodePortOutlivesTheNameOfItsPort(t *testing.T) {
	object := shape(v1alpha1.ServiceSpec{Type: corev1.ServiceTypeNodePort})
	object.Spec.Ports = []v1alpha1.Port{{Name: "a", Port: 80}, {Name: "b", Port: 81}, {Name: "u", Port: 80, Protocol: corev1.ProtocolUDP}}
	first, _ := desired.Service(given(object, nil))
	service := defaulted(first)
	service.Spec.Ports[0].NodePort, service.Spec.Ports[1].NodePort, service.Spec.Ports[2].NodePort = 30000, 30001, 30002

	for _, tt := range []struct {
		name  string
		ports []v1alpha1.Port
		want  []int32
	}{
		{"renamed", []v1alpha1.Port{{Name: "z", Port: 80}, {Name: "b", Port: 81}, {Name: "y", Port: 80, Protocol: corev1.ProtocolUDP}}, []int32{30000, 30001, 30002}},
		{"renumbered", []v1alpha1.Port{{Name: "a", Port: 8080}, {Name: "b", Port: 81}}, []int32{30000, 30001}},
		{"renamed and renumbered", []v1alpha1.Port{{Name: "z", Port: 8080}, {Name: "b", Port: 81}}, []int32{0, 30001}},
		{"added", []v1alpha1.Port{{Name: "a", Port: 80}, {Name: "c", Port: 82}}, []int32{30000, 0}},
		{"the name taken by another, which has it", []v1alpha1.Port{{Name: "b", Port: 80}, {Name: "z", Port: 81}}, []int32{30001, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			object.Spec.Ports = tt.ports
			changed, _ := desired.Service(given(object, service))
			var got []int32
			for _, port := range changed.Spec.Ports {
				got = append(got, port.NodePort)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("node ports (-want +got):\n%s", diff)
			}
		})
	}
}
