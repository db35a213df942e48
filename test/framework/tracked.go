package framework

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/history"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// Tracked is an ExternalService whose slices are recorded from its first host on.
type Tracked struct {
	*v1alpha1.ExternalService
	Slices *history.Slices
	// Published are the hosts that get traffic while all are healthy.
	Published []*host.Host
}

// Track creates an object and waits until exactly these of its hosts get traffic,
// and all are Healthy.
func (w *World) Track(t *testing.T, object *v1alpha1.ExternalService, published ...*host.Host) Tracked {
	t.Helper()
	w.Create(t, object)
	waits.Eventually(t, waits.Timeout, func() error { return w.AllWell(t, object, len(published)) })
	return Tracked{object, w.Record(t, object.Name), published}
}

// AllWell returns nil when all hosts are healthy, so many of them are published, and
// nothing is degraded.
func (w *World) AllWell(t *testing.T, object *v1alpha1.ExternalService, published int) error {
	t.Helper()
	current := w.Get(t, object)
	if degraded := Condition(current, v1alpha1.ConditionDegraded); degraded.Status != "" {
		return fmt.Errorf("ExternalService %s: Degraded is %s", object.Name, Message(current, v1alpha1.ConditionDegraded))
	}
	return Publishes(current, published)
}

// Publishes returns nil when all hosts are healthy and so many of them are published.
func Publishes(object *v1alpha1.ExternalService, published int) error {
	hosts := object.Status.Hosts
	if hosts.Healthy == 0 || hosts.Healthy != hosts.Total || int(hosts.Published) != published {
		return fmt.Errorf("ExternalService %s: %s healthy, %d published, want %d", object.Name,
			hosts.Summary, hosts.Published, published)
	}
	return nil
}

// IsWell returns nil when the object is as it was when it was tracked.
func (w *World) IsWell(t *testing.T, o Tracked) error {
	t.Helper()
	return w.AllWell(t, o.ExternalService, len(o.Published))
}

// Untouched fails the test when the object's slices were ever written since they are
// tracked.
func Untouched(t *testing.T, when string, objects ...Tracked) {
	t.Helper()
	for _, o := range objects {
		if events := Changes(t, o.Slices); len(events) != 1 {
			t.Errorf("%s: the slices were written %d times while %s", o.Name, len(events)-1, when)
		}
	}
}

// WithPolicy sets what happens to an object with fewer healthy hosts.
func WithPolicy(object *v1alpha1.ExternalService, minHealthy int32, action v1alpha1.FailureAction) *v1alpha1.ExternalService {
	object.Spec.FailurePolicy = v1alpha1.FailurePolicy{MinHealthy: new(intstr.FromInt32(minHealthy)), Action: action}
	return object
}

// InTiers has the object's hosts from the given one on in a standby tier.
func InTiers(object *v1alpha1.ExternalService, standby int) *v1alpha1.ExternalService {
	for i := standby; i < len(object.Spec.Hosts); i++ {
		object.Spec.Hosts[i].Priority = 1
	}
	return object
}
