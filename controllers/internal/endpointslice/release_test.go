package endpointslice

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestEndpointsReleaseKeepsForeignMetadata(t *testing.T) {
	other := metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: "other", UID: "77"}
	endpoints := &corev1.Endpoints{
		ObjectMeta: metav1.ObjectMeta{
			Name: "orders-db", ResourceVersion: "7", Labels: map[string]string{"team": "shop"},
			OwnerReferences: []metav1.OwnerReference{owner().Reference, other},
		},
		Subsets: []corev1.EndpointSubset{{Addresses: []corev1.EndpointAddress{{IP: "10.0.0.1"}}}},
	}
	before := endpoints.DeepCopy()
	want := endpoints.DeepCopy()
	want.OwnerReferences = []metav1.OwnerReference{other}

	if diff := cmp.Diff(want, Release(endpoints, ownerUID)); diff != "" {
		t.Errorf("released (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, endpoints); diff != "" {
		t.Errorf("the argument must stay as it was (-want +got):\n%s", diff)
	}
}
