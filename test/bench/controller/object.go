package main

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// hostsEach is how many hosts an object has.
const hostsEach = 10

// applying is how many objects a user's tool applies at the same time.
const applying = 16

func name(n int) string { return fmt.Sprintf("object-%05d", n) }

// crowd is the n-th object, of hosts of its own.
func crowd(in string, n int) *v1alpha1.ExternalService {
	object := &v1alpha1.ExternalService{
		ObjectMeta: metav1.ObjectMeta{Namespace: in, Name: name(n)},
		Spec: v1alpha1.ExternalServiceSpec{
			Ports: []v1alpha1.Port{{Name: "http", Port: 80, TargetPort: farmPort}},
			HealthCheck: v1alpha1.HealthCheck{
				Interval: "5s", FastInterval: "100ms", Timeout: "1s",
				UnhealthyThreshold: decisive, HealthyThreshold: decisive,
				HTTP: &v1alpha1.HTTPCheck{Path: "/"},
			},
		},
	}
	for i := range hostsEach {
		object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: address(n*hostsEach + i).String()})
	}
	return object
}

// solitary is an object of one host that is published at once and seldom probed.
func solitary(in string, n int) *v1alpha1.ExternalService {
	object := crowd(in, n)
	object.Spec.Hosts = object.Spec.Hosts[:1]
	object.Spec.HealthCheck = v1alpha1.HealthCheck{
		Interval: "1m", InitialState: v1alpha1.InitialHealthy, HTTP: &v1alpha1.HTTPCheck{Path: "/"},
	}
	return object
}

// apply creates the objects from first to end.
func (w *world) apply(ctx context.Context, first, end int, object func(string, int) *v1alpha1.ExternalService) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(applying)
	for n := first; n < end; n++ {
		g.Go(func() error { return w.client.Create(ctx, object(namespace, n)) })
	}
	return g.Wait()
}
