package faults

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// object is an ExternalService of the first n hosts, which run. A check fails
// after three refusals, in less than half a second.
func (w *World) object(t *testing.T, n int) *v1alpha1.ExternalService {
	t.Helper()
	o := w.unchecked(n)
	for i := range n {
		w.hostUp(t, i+1)
	}
	o.Spec.HealthCheck = v1alpha1.HealthCheck{
		Interval: "500ms", FastInterval: "100ms", Timeout: "500ms", TCP: &v1alpha1.TCPCheck{},
	}
	return o
}

// unchecked is one of n hosts that nobody asks.
func (w *World) unchecked(n int) *v1alpha1.ExternalService {
	o := &v1alpha1.ExternalService{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: service},
		Spec: v1alpha1.ExternalServiceSpec{
			Ports:       []v1alpha1.Port{{Name: "http", Port: 80, TargetPort: w.Port}},
			HealthCheck: v1alpha1.HealthCheck{None: &v1alpha1.NoCheck{}},
		},
	}
	for _, address := range hostAddresses(n) {
		o.Spec.Hosts = append(o.Spec.Hosts, v1alpha1.Host{Address: address})
	}
	return o
}
