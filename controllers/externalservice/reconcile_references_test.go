package externalservice

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// labelledSecret is what the check of secretHeader refers to.
func labelledSecret(token string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: orders.Namespace, Name: "probe", Labels: map[string]string{v1alpha1.ReferenceLabel: "true"}},
		Data:       map[string][]byte{"token": []byte(token)},
	}
}

// While a check cannot be run its hosts are Unknown, and stay where they are.
func TestALostSecretTakesNobodyOut(t *testing.T) {
	o := object(func(o *v1alpha1.ExternalService) { o.Spec.HealthCheck = secretHeader() })
	c := newCluster(t, o, labelledSecret(canary))
	c.r.followReferences = true
	c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): down(0)})
	c.wantQuiet()
	before := c.slices()

	for name, change := range map[string]func(*corev1.Secret){
		"unlabelled": func(s *corev1.Secret) { s.Labels = nil },
		"emptied":    func(s *corev1.Secret) { s.Data = nil },
		"malformed":  func(s *corev1.Secret) { s.Data["token"] = []byte(canary + "\r\n") },
	} {
		broken := labelledSecret(canary)
		change(broken)
		c.replace(broken)
		c.wantWrites(c.mustReconcile(), "update status of externalservice")
		told := c.object()
		for _, e := range told.Status.Endpoints {
			if e.State != v1alpha1.EndpointUnknown || e.Reason != "" || e.Since != nil || e.Published != (e.Host != address(3).String()) {
				t.Errorf("%s: the status says %+v", name, e)
			}
		}
		if got := c.condition(v1alpha1.ConditionAccepted); got != "False InvalidHost" {
			t.Errorf("%s: Accepted is %s", name, got)
		}
		if diff := cmp.Diff(before, c.slices()); diff != "" {
			t.Errorf("%s: the slices changed (-before +after):\n%s", name, diff)
		}
		c.wantQuiet()
		if shown := fmt.Sprint(told.Status, received(c.recorder)); strings.Contains(shown, canary) {
			t.Errorf("%s: the secret is told: %s", name, shown)
		}
		c.replace(labelledSecret(canary + "2")) // rotated, and well
		c.wantWrites(c.mustReconcile(), "update status of externalservice")
		if got := c.object().Status.Endpoints[0].State; got != v1alpha1.EndpointHealthy {
			t.Errorf("%s: once it is back, the first host is %s", name, got)
		}
		received(c.recorder)
	}
}

func TestARotatedSecretIsANewCheckAndNoNewVerdict(t *testing.T) {
	o := object(func(o *v1alpha1.ExternalService) { o.Spec.HealthCheck = secretHeader() })
	c := newCluster(t, o, labelledSecret("1"))
	c.r.followReferences = true
	c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)})
	plans := &planEngine{fakeEngine: c.engine}
	c.r.engine = plans
	c.wantQuiet()
	c.replace(labelledSecret("2"))
	c.wantQuiet()
	if len(plans.keys) != 2 || plans.keys[0] == plans.keys[1] {
		t.Error("after the rotation hosts are still checked as before")
	}
	for id, verdict := range c.engine.verdicts[engine.Key(orders)] {
		if verdict.State != health.Healthy {
			t.Errorf("%v is %s", id, verdict.State)
		}
	}
}

// planEngine remembers which check the first member of each plan has.
type planEngine struct {
	*fakeEngine
	keys []probes.CheckKey
}

func (e *planEngine) Apply(plan engine.Plan) error {
	e.keys = append(e.keys, plan.Members[0].Check.Key())
	return e.fakeEngine.Apply(plan)
}

// replace changes what is in the API server.
func (c *cluster) replace(o client.Object) {
	c.t.Helper()
	if err := c.server.Update(c.t.Context(), o); err != nil {
		c.t.Fatal(err)
	}
}

func TestOfASecretNothingIsKeptButItsContent(t *testing.T) {
	secret := labelledSecret(canary)
	secret.Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: canary}
	secret.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl"}}
	kept, err := trimReferent(secret)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(labelledSecret(canary)), kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	for object, by := range CacheOptions(nil).ByObject {
		switch object.(type) {
		case *corev1.Secret, *corev1.ConfigMap:
			if by.Label == nil || by.Label.Matches(labelSet{}) || !by.Label.Matches(labelSet{v1alpha1.ReferenceLabel: "true"}) {
				t.Errorf("the cache of %T selects %v", object, by.Label)
			}
		}
	}
}
