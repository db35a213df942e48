package framework

import (
	"fmt"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// DeadAddress is nobody's on the lab's network: packets to it vanish.
const DeadAddress = "192.0.2.199"

// Settled returns nil when all objects of the namespace have a verdict on each
// of their hosts, and all but the dead ones are served.
func (w *World) Settled(t *testing.T, objects int) error {
	t.Helper()
	var list v1alpha1.ExternalServiceList
	if err := w.Client.List(t.Context(), &list, client.InNamespace(w.Namespace)); err != nil {
		return err
	}
	if len(list.Items) != objects {
		return fmt.Errorf("%d objects, want %d", len(list.Items), objects)
	}
	for _, object := range list.Items {
		if len(object.Status.Endpoints) != len(object.Spec.Hosts) {
			return fmt.Errorf("%s has no full status yet", object.Name)
		}
		for _, e := range object.Status.Endpoints {
			dead := e.Address == DeadAddress
			if e.Published == dead || dead && e.State != v1alpha1.EndpointUnhealthy {
				return fmt.Errorf("%s: %s is %s, published: %t", object.Name, e.Address, e.State, e.Published)
			}
		}
	}
	return nil
}
