package e2e

import (
	"fmt"
	"regexp"
	"testing"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/cluster/host"
)

// tellsFailure waits until status, conditions and an event tell of one failed
// host of four.
func (w *World) tellsFailure(t *testing.T, object *v1alpha1.ExternalService, f fault, victim *host.Host) {
	t.Helper()
	name := fmt.Sprintf("%s:8080 %s", victim.IPv4, f.phrase)
	eventually(t, giveUp, func() error {
		current := w.get(t, object)
		since := " since [0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$"
		for _, c := range []struct {
			conditionType, reason, message string
		}{
			{v1alpha1.ConditionReady, "Ready", "^3 of 4 hosts healthy; " + regexp.QuoteMeta(name) + since},
			{v1alpha1.ConditionAvailable, "Available", "^3 of 4 hosts healthy; " + regexp.QuoteMeta(name) + since},
			{v1alpha1.ConditionDegraded, "HostsUnhealthy", "^" + regexp.QuoteMeta(name) + since},
		} {
			got := condition(current, c.conditionType)
			if got.Status != metav1.ConditionTrue || got.Reason != c.reason || !regexp.MustCompile(c.message).MatchString(got.Message) {
				return fmt.Errorf("condition %s is %s, want True (%s) %q", c.conditionType, message(current, c.conditionType), c.reason, c.message)
			}
		}
		return toldOut(current, victim, f.reason)
	})
	w.tellsEvent(t, object, "HostUnhealthy", "unhealthy: "+name)
}

// toldOut returns nil when the status says that the host is out, and why.
func toldOut(object *v1alpha1.ExternalService, victim *host.Host, reason string) error {
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

// tellsEvent waits for an event about the object, with this very note.
func (w *World) tellsEvent(t *testing.T, object *v1alpha1.ExternalService, reason, note string) {
	t.Helper()
	eventually(t, giveUp, func() error {
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
