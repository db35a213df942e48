package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// raw writes what the operator writes for an object, and does nothing else: it knows
// what to write, and has the answers of its own writes to write upon.
type raw struct {
	client    client.Client
	object    *v1alpha1.ExternalService
	service   *corev1.Service
	slice     *discoveryv1.EndpointSlice
	endpoints *corev1.Endpoints
	turns     int
}

func newRaw(c client.Client, n int) *raw {
	object := crowd(rawNamespace, n)
	meta := metav1.ObjectMeta{Namespace: rawNamespace, Name: object.Name}
	r := &raw{
		client: c, object: object,
		service: &corev1.Service{
			ObjectMeta: meta,
			Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromInt32(farmPort)}}},
		},
		slice: &discoveryv1.EndpointSlice{
			ObjectMeta: meta, AddressType: discoveryv1.AddressTypeIPv4,
			Ports: []discoveryv1.EndpointPort{{Name: new("http"), Port: new(int32(farmPort))}},
		},
		endpoints: &corev1.Endpoints{
			ObjectMeta: meta,
			Subsets:    []corev1.EndpointSubset{{Ports: []corev1.EndpointPort{{Name: "http", Port: farmPort}}}},
		},
	}
	r.slice.Labels = map[string]string{discoveryv1.LabelServiceName: object.Name, discoveryv1.LabelManagedBy: "bench"}
	r.endpoints.Labels = map[string]string{discoveryv1.LabelSkipMirror: "true"}
	for _, h := range object.Spec.Hosts {
		r.slice.Endpoints = append(r.slice.Endpoints, discoveryv1.Endpoint{
			Addresses:  []string{h.Address},
			Conditions: discoveryv1.EndpointConditions{Ready: new(true), Serving: new(true), Terminating: new(false)},
		})
		r.endpoints.Subsets[0].Addresses = append(r.endpoints.Subsets[0].Addresses, corev1.EndpointAddress{IP: h.Address})
		object.Status.Endpoints = append(object.Status.Endpoints, v1alpha1.EndpointStatus{
			Host: h.Address, Address: h.Address, Port: "http", TargetPort: farmPort, State: v1alpha1.EndpointHealthy, Published: true,
		})
	}
	return r
}

// write makes one of the operator's writes, by verb and resource as the audit log has it.
func (r *raw) write(ctx context.Context, what string) error {
	r.turns++
	switch what {
	case "create externalservices":
		status := r.object.Status
		err := r.client.Create(ctx, r.object)
		r.object.Status = status // it does not take that
		return err
	case "create services":
		return r.client.Create(ctx, r.service)
	case "create endpointslices":
		return r.client.Create(ctx, r.slice)
	case "create endpoints":
		return r.client.Create(ctx, r.endpoints)
	case "update endpointslices":
		r.slice.Endpoints[r.turns%hostsEach].Conditions.Ready = new(r.turns/hostsEach%2 == 1)
		return r.client.Update(ctx, r.slice)
	case "update endpoints":
		r.endpoints.Annotations = map[string]string{"turn": fmt.Sprint(r.turns)}
		return r.client.Update(ctx, r.endpoints)
	case "update externalservices/status":
		r.object.Status.Hosts.Summary = fmt.Sprint(r.turns)
		return r.client.Status().Update(ctx, r.object)
	case "create events":
		return r.client.Create(ctx, &corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Namespace: rawNamespace, GenerateName: "raw-"},
			InvolvedObject: corev1.ObjectReference{Namespace: rawNamespace, Name: r.object.Name, Kind: v1alpha1.Kind, APIVersion: v1alpha1.GroupVersion.String()},
			Type:           corev1.EventTypeNormal, Reason: "HostHealthy", Message: "healthy: 198.18.0.1 (http)",
		})
	default:
		return fmt.Errorf("the operator does %q, and the raw client cannot", what)
	}
}

// order is in which an object's writes are made.
var order = []string{
	"create externalservices", "create services", "create endpointslices", "create endpoints",
	"update endpointslices", "update endpoints", "update externalservices/status", "create events",
}
