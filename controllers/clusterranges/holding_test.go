package clusterranges

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func node(name string, podCIDRs []string, addresses ...corev1.NodeAddress) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, ResourceVersion: "7", Labels: map[string]string{"a": "b"},
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubelet"}},
		},
		Spec:   corev1.NodeSpec{PodCIDRs: podCIDRs},
		Status: corev1.NodeStatus{Addresses: addresses},
	}
	if len(podCIDRs) > 0 {
		n.Spec.PodCIDR = podCIDRs[0]
	}
	return n
}

func internal(address string) corev1.NodeAddress {
	return corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: address}
}

func serviceCIDR(name string, cidrs ...string) *networkingv1.ServiceCIDR {
	return &networkingv1.ServiceCIDR{
		ObjectMeta: metav1.ObjectMeta{Name: name, ResourceVersion: "7"},
		Spec:       networkingv1.ServiceCIDRSpec{CIDRs: cidrs},
	}
}

func TestWhatAnObjectHolds(t *testing.T) {
	external := corev1.NodeAddress{Type: corev1.NodeExternalIP, Address: "203.0.113.7"}
	tests := []struct {
		name   string
		object any
		want   []string
	}{
		{"a node: its Pods' ranges and its addresses, sorted, each once",
			node("n", []string{"10.244.1.0/24", "fd00:10:244:1::/64"}, internal("2001:db8::10"), external, internal("192.0.2.10"), internal("192.0.2.10")),
			[]string{"10.244.1.0/24", "192.0.2.10/32", "203.0.113.7/32", "2001:db8::10/128", "fd00:10:244:1::/64"}},
		{"a node's names are no addresses",
			node("n", nil, corev1.NodeAddress{Type: corev1.NodeHostName, Address: "192.0.2.1"},
				corev1.NodeAddress{Type: corev1.NodeInternalDNS, Address: "192.0.2.2"}), nil},
		{"an address in IPv4-mapped form means the IPv4 one", node("n", nil, internal("::ffff:192.0.2.10")), []string{"192.0.2.10/32"}},
		{"what cannot be read hides nothing else",
			node("n", []string{"nonsense", "10.244.1.0/24"}, internal(""), internal("192.0.2.10")), []string{"10.244.1.0/24", "192.0.2.10/32"}},
		{"a range with host bits means the whole range", node("n", []string{"10.244.1.7/24"}), []string{"10.244.1.0/24"}},
		{"a ServiceCIDR", serviceCIDR("kubernetes", "fd00:10:96::/112", "10.96.0.0/16"), []string{"10.96.0.0/16", "fd00:10:96::/112"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			held, err := holdingOf(tt.object)
			if err != nil {
				t.Fatal(err)
			}
			h := held.(*holding)
			var got []string
			for _, prefix := range h.prefixes {
				got = append(got, prefix.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("prefixes (-want +got):\n%s", diff)
			}
			if again, err := holdingOf(held); again != held || err != nil {
				t.Errorf("a second time it becomes %v, %v", again, err)
			}
			if h.ResourceVersion != "7" || h.Name == "" || h.Labels != nil || h.ManagedFields != nil {
				t.Errorf("of the metadata is kept: %+v", h.ObjectMeta)
			}
		})
	}
}

func BenchmarkHolding(b *testing.B) {
	n := node("n", []string{"10.244.1.0/24"}, internal("192.0.2.10"))
	for i := range 50 { // as kubelets list them
		n.Status.Images = append(n.Status.Images, corev1.ContainerImage{Names: []string{fmt.Sprint("image-", i)}})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := holdingOf(n); err != nil {
			b.Fatal(err)
		}
	}
}
