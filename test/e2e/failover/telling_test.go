package failover

import (
	"fmt"
	"regexp"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// tellsFailure waits until status, conditions and an event tell of one failed
// host of four.
func (w *World) tellsFailure(t *testing.T, object *v1alpha1.ExternalService, f framework.Fault, victim *host.Host) {
	t.Helper()
	name := fmt.Sprintf("%s:8080 %s", victim.IPv4, f.Phrase)
	waits.Eventually(t, waits.Timeout, func() error {
		current := w.Get(t, object)
		since := " since [0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$"
		for _, c := range []struct {
			conditionType, reason, message string
		}{
			{v1alpha1.ConditionReady, "Ready", "^3 of 4 hosts healthy; " + regexp.QuoteMeta(name) + since},
			{v1alpha1.ConditionAvailable, "Available", "^3 of 4 hosts healthy; " + regexp.QuoteMeta(name) + since},
			{v1alpha1.ConditionDegraded, "HostsUnhealthy", "^" + regexp.QuoteMeta(name) + since},
		} {
			got := framework.Condition(current, c.conditionType)
			if got.Status != metav1.ConditionTrue || got.Reason != c.reason || !regexp.MustCompile(c.message).MatchString(got.Message) {
				return fmt.Errorf("condition %s is %s, want True (%s) %q", c.conditionType, framework.Message(current, c.conditionType), c.reason, c.message)
			}
		}
		return framework.ToldOut(current, victim, f.Reason)
	})
	w.TellsEvent(t, object, "HostUnhealthy", "unhealthy: "+name)
}
