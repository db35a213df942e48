package framework

import (
	"fmt"
	"slices"
	"testing"

	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// ToldOut returns nil when the status says that the host is out, and why.
func ToldOut(object *v1alpha1.ExternalService, victim *host.Host, reason string) error {
	for _, e := range object.Status.Endpoints {
		if e.Address == victim.IPv4.String() {
			if e.State != v1alpha1.EndpointUnhealthy || e.Reason != reason || e.Published || e.Since == nil {
				return fmt.Errorf("status of %s is %+v, want Unhealthy because of %s since some time, and not published", victim.Name, e, reason)
			}
			return nil
		}
	}
	return fmt.Errorf("status does not tell of %s", victim.Name)
}

// TellsEvent waits for an event about the object, with this very note.
func (w *World) TellsEvent(t *testing.T, object *v1alpha1.ExternalService, reason, note string) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		var list eventsv1.EventList
		if err := w.Client.List(t.Context(), &list, client.InNamespace(w.Namespace)); err != nil {
			return err
		}
		var told []string
		for _, event := range list.Items {
			if event.Regarding.Name != object.Name {
				continue
			}
			if event.Reason == reason && event.Note == note {
				return nil
			}
			told = append(told, event.Reason+": "+event.Note)
		}
		return fmt.Errorf("no event %s %q of %s, there are %q", reason, note, object.Name, told)
	})
}

// Tells returns nil when the status has the host in that state, and denied ones
// with their reason and not published.
func (w *World) Tells(t *testing.T, object *v1alpha1.ExternalService, host string, state v1alpha1.EndpointState) error {
	t.Helper()
	for _, e := range w.Get(t, object).Status.Endpoints {
		switch {
		case e.Address != host:
		case e.State != state, state == v1alpha1.EndpointDenied && (e.Reason != "AddressDenied" || e.Published):
			return fmt.Errorf("the status says %+v, want %s", e, state)
		default:
			return nil
		}
	}
	return fmt.Errorf("the status has no host %s", host)
}

// ServesOnly returns nil when the slices hold these addresses, ready, and no
// other in any state.
func (w *World) ServesOnly(t *testing.T, object *v1alpha1.ExternalService, want ...string) error {
	t.Helper()
	var listed []string
	for _, slice := range w.Slices(t, object.EffectiveServiceName()) {
		for _, e := range slice.Endpoints {
			if e.Conditions.Ready == nil || !*e.Conditions.Ready {
				return fmt.Errorf("%s is listed, not ready", e.Addresses[0])
			}
			listed = append(listed, e.Addresses[0])
		}
	}
	slices.Sort(listed)
	slices.Sort(want)
	if !slices.Equal(listed, want) {
		return fmt.Errorf("the slices hold %v, want %v", listed, want)
	}
	return nil
}

// HasEvent returns nil when there is an event with that reason about the object.
func (w *World) HasEvent(t *testing.T, object *v1alpha1.ExternalService, reason string) error {
	t.Helper()
	var events eventsv1.EventList
	if err := w.Client.List(t.Context(), &events, client.InNamespace(w.Namespace)); err != nil {
		t.Fatal(err)
	}
	for _, event := range events.Items {
		if event.Regarding.Name == object.Name && event.Reason == reason {
			return nil
		}
	}
	return fmt.Errorf("no event %s about ExternalService %s among %d", reason, object.Name, len(events.Items))
}

// AwaitFailStatic waits until the status says that its failed hosts are kept.
func (w *World) AwaitFailStatic(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		current := w.Get(t, object)
		degraded := Condition(current, v1alpha1.ConditionDegraded)
		hosts := current.Status.Hosts
		if degraded.Reason != v1alpha1.ReasonFailStatic || hosts.Healthy != 0 || hosts.Published != hosts.Total {
			return fmt.Errorf("%s healthy, %d published, Degraded is %s", hosts.Summary, hosts.Published,
				Message(current, v1alpha1.ConditionDegraded))
		}
		return nil
	})
}

// Labels are those of an object's series.
func Labels(object *v1alpha1.ExternalService, more ...string) []string {
	return append(more, fmt.Sprintf("namespace=%q", object.Namespace), fmt.Sprintf("name=%q", object.Name))
}

// IsolatedIs returns nil when the metric of a prober without a network is that.
func (w *World) IsolatedIs(t *testing.T, want float64) error {
	t.Helper()
	got, err := w.Operator.Sum(t.Context(), "external_endpoints_prober_isolated")
	if err == nil && got != want {
		err = fmt.Errorf("external_endpoints_prober_isolated is %v, want %v", got, want)
	}
	return err
}

// DeadAddress belongs to no host on the lab's network: packets to it vanish.
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
