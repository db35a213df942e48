package e2e

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/cluster/history"
	"github.com/external-endpoints/operator/test/cluster/host"
)

// tracked is an ExternalService whose slices are recorded from its first host on.
type tracked struct {
	*v1alpha1.ExternalService
	slices *history.Slices
	// published are the hosts that get traffic while all are well.
	published []*host.Host
}

// track creates an object and waits until exactly these of its hosts get traffic,
// and all are known to be well.
func (w *World) track(t *testing.T, object *v1alpha1.ExternalService, published ...*host.Host) tracked {
	t.Helper()
	w.create(t, object)
	eventually(t, readyWithin, func() error { return w.allWell(t, object, len(published)) })
	return tracked{object, w.record(t, object.Name), published}
}

// allWell returns nil when all hosts are healthy, so many of them are published, and
// nothing is degraded.
func (w *World) allWell(t *testing.T, object *v1alpha1.ExternalService, published int) error {
	t.Helper()
	current := w.get(t, object)
	if degraded := condition(current, v1alpha1.ConditionDegraded); degraded.Status != "" {
		return fmt.Errorf("ExternalService %s: Degraded is %s", object.Name, message(current, v1alpha1.ConditionDegraded))
	}
	return publishes(current, published)
}

// publishes returns nil when all hosts are healthy and so many of them are published.
func publishes(object *v1alpha1.ExternalService, published int) error {
	hosts := object.Status.Hosts
	if hosts.Healthy == 0 || hosts.Healthy != hosts.Total || int(hosts.Published) != published {
		return fmt.Errorf("ExternalService %s: %s healthy, %d published, want %d", object.Name,
			hosts.Summary, hosts.Published, published)
	}
	return nil
}

// isWell returns nil when the object is as it was when it was tracked.
func (w *World) isWell(t *testing.T, o tracked) error {
	t.Helper()
	return w.allWell(t, o.ExternalService, len(o.published))
}

// untouched fails the test when the object's slices were ever written since they are
// tracked.
func untouched(t *testing.T, when string, objects ...tracked) {
	t.Helper()
	for _, o := range objects {
		if events := changes(t, o.slices); len(events) != 1 {
			t.Errorf("%s: the slices were written %d times while %s", o.Name, len(events)-1, when)
		}
	}
}

// withPolicy sets what happens to an object with fewer healthy hosts.
func withPolicy(object *v1alpha1.ExternalService, minHealthy int32, action v1alpha1.FailureAction) *v1alpha1.ExternalService {
	object.Spec.FailurePolicy = v1alpha1.FailurePolicy{MinHealthy: new(intstr.FromInt32(minHealthy)), Action: action}
	return object
}

// inTiers has the object's hosts from the given one on stand by for those before.
func inTiers(object *v1alpha1.ExternalService, standby int) *v1alpha1.ExternalService {
	for i := standby; i < len(object.Spec.Hosts); i++ {
		object.Spec.Hosts[i].Priority = 1
	}
	return object
}
