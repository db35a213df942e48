package e2e

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/cluster/host"
)

// together does the same to all hosts at the same time.
func together(t *testing.T, hosts []*host.Host, do func(*host.Host) error) {
	t.Helper()
	errs := make([]error, len(hosts))
	began := time.Now()
	var all sync.WaitGroup
	for i, h := range hosts {
		all.Go(func() { errs[i] = do(h) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d hosts within %s", len(hosts), ms(time.Since(began)))
}

// awaitFailStatic waits until the object tells that its failed hosts are kept.
func (w *World) awaitFailStatic(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	eventually(t, giveUp, func() error {
		current := w.get(t, object)
		degraded := condition(current, v1alpha1.ConditionDegraded)
		hosts := current.Status.Hosts
		if degraded.Reason != v1alpha1.ReasonFailStatic || hosts.Healthy != 0 || hosts.Published != hosts.Total {
			return fmt.Errorf("%s healthy, %d published, Degraded is %s", hosts.Summary, hosts.Published,
				message(current, v1alpha1.ConditionDegraded))
		}
		return nil
	})
}

func TestHostsThatDieTogetherAreKept(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	for _, c := range []struct {
		name   string
		object *v1alpha1.ExternalService
		hosts  []*host.Host
	}{
		{"four hosts", w.web("four", hosts...), hosts},
		{"a single host", w.web("single", hosts[0]), hosts[:1]},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.serve(t, c.object)
			recorded := w.record(t, c.object.Name)
			awaitMetric(t, w.Operator, "external_endpoints_fail_static", c.object, 0)

			together(t, c.hosts, (*host.Host).Kill)
			w.awaitFailStatic(t, c.object)
			current := w.get(t, c.object)
			if available := condition(current, v1alpha1.ConditionAvailable); available.Status != metav1.ConditionFalse ||
				available.Reason != v1alpha1.ReasonAllUnhealthy {
				t.Errorf("Available is %s, want False (AllUnhealthy)", message(current, v1alpha1.ConditionAvailable))
			}
			w.tellsEvent(t, c.object, "FailStatic", condition(current, v1alpha1.ConditionDegraded).Message)
			awaitMetric(t, w.Operator, "external_endpoints_fail_static", c.object, 1)

			together(t, c.hosts, (*host.Host).Recover)
			eventually(t, giveUp, func() error { return w.recovered(t, c.object) })
			awaitMetric(t, w.Operator, "external_endpoints_fail_static", c.object, 0)
			w.awaitRest(t)
			if events := changes(t, recorded); len(events) != 1 {
				t.Errorf("the slice was written %d times while all its hosts died and came back", len(events)-1)
			}
		})
	}
}

// recovered returns nil when all hosts are healthy and nothing is degraded.
func (w *World) recovered(t *testing.T, object *v1alpha1.ExternalService) error {
	t.Helper()
	current := w.get(t, object)
	if hosts := current.Status.Hosts; hosts.Healthy != hosts.Total || condition(current, v1alpha1.ConditionDegraded).Status != "" {
		return fmt.Errorf("%s healthy, Degraded is %s", hosts.Summary, message(current, v1alpha1.ConditionDegraded))
	}
	return w.served(t, object)
}
