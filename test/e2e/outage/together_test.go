package outage

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

func TestSimultaneousFailureKeepsHosts(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	for _, c := range []struct {
		name   string
		object *v1alpha1.ExternalService
		hosts  []*host.Host
	}{
		{"four hosts", w.Web("four", hosts...), hosts},
		{"a single host", w.Web("single", hosts[0]), hosts[:1]},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.Serve(t, c.object)
			recorded := w.Record(t, c.object.Name)
			awaitMetric(t, w.Operator, "external_endpoints_fail_static", c.object, 0)

			framework.Together(t, c.hosts, (*host.Host).Kill)
			w.AwaitFailStatic(t, c.object)
			current := w.Get(t, c.object)
			if available := framework.Condition(current, v1alpha1.ConditionAvailable); available.Status != metav1.ConditionFalse ||
				available.Reason != v1alpha1.ReasonAllUnhealthy {
				t.Errorf("Available is %s, want False (AllUnhealthy)", framework.Message(current, v1alpha1.ConditionAvailable))
			}
			w.TellsEvent(t, c.object, "FailStatic", framework.Condition(current, v1alpha1.ConditionDegraded).Message)
			awaitMetric(t, w.Operator, "external_endpoints_fail_static", c.object, 1)

			framework.Together(t, c.hosts, (*host.Host).Recover)
			waits.Eventually(t, waits.Timeout, func() error { return w.recovered(t, c.object) })
			awaitMetric(t, w.Operator, "external_endpoints_fail_static", c.object, 0)
			w.AwaitRest(t)
			if events := framework.Changes(t, recorded); len(events) != 1 {
				t.Errorf("the slice was written %d times while all its hosts died and came back", len(events)-1)
			}
		})
	}
}

// recovered returns nil when all hosts are healthy and nothing is degraded.
func (w *World) recovered(t *testing.T, object *v1alpha1.ExternalService) error {
	t.Helper()
	current := w.Get(t, object)
	if hosts := current.Status.Hosts; hosts.Healthy != hosts.Total || framework.Condition(current, v1alpha1.ConditionDegraded).Status != "" {
		return fmt.Errorf("%s healthy, Degraded is %s", hosts.Summary, framework.Message(current, v1alpha1.ConditionDegraded))
	}
	return w.Served(t, object)
}

// awaitMetric waits until a metric of the object is want.
func awaitMetric(t *testing.T, operator *install.Operator, metric string, object *v1alpha1.ExternalService, want float64) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		got, err := operator.Sum(t.Context(), metric, framework.Labels(object)...)
		if err == nil && got != want {
			err = fmt.Errorf("%s of %s is %v, want %v", metric, object.Name, got, want)
		}
		return err
	})
}
