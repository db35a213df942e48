package faults

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestRoleMovesWhileOperatorIsKilled has the only host that passes its check fail for ever, and
// another one pass it, while the operator is killed and started in one phase of that. With
// KeepLast the Service is never empty, with PublishNone it never has both; in the end it has
// the new primary alone.
func TestRoleMovesWhileOperatorIsKilled(t *testing.T) {
	t.Parallel()
	phases := []string{"never", "after the primary's death", "after the promotion", "after the old primary has left"}
	for _, action := range []v1alpha1.FailureAction{v1alpha1.ActionKeepLast, v1alpha1.ActionPublishNone} {
		for killed, phase := range phases {
			t.Run(fmt.Sprintf("%s, killed %s", action, phase), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				at := func(now int) {
					if now == killed {
						w.kill(t)
						w.restart(t)
					}
				}
				w.start(t, install.Options{})
				o := w.object(t, 2)
				o.Spec.FailurePolicy = v1alpha1.FailurePolicy{MinHealthy: new(intstr.FromInt32(1)), Action: action}
				w.hostDown(2)
				w.Create(t, o)
				began := time.Now()
				primary, promoted := []string{hostAddress(1)}, []string{hostAddress(2)}
				waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, primary, began) })

				w.hostDown(1)
				waits.Eventually(t, waits.Timeout, func() error { return w.isFailStatic(t) })
				at(1)
				w.hostUp(t, 2)
				keeps := action == v1alpha1.ActionKeepLast
				if keeps {
					waits.Eventually(t, waits.Timeout, func() error { return w.served(hostAddresses(2)) })
				} else {
					waits.Eventually(t, waits.Timeout, func() error { return w.served(promoted) })
				}
				at(2)
				waits.Eventually(t, waits.Timeout, func() error { return w.served(promoted) })
				at(3)
				ended := time.Now()
				waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, promoted, ended) })
				w.audit(t, promise{mayEmpty: !keeps})
				if !keeps {
					w.neverBoth(t)
				}
			})
		}
	}
}

// isFailStatic returns nil when the object says that its failure policy decides.
func (w *World) isFailStatic(t *testing.T) error {
	t.Helper()
	o := &v1alpha1.ExternalService{}
	if !w.get(t, service, o) {
		return errors.New("there is no object")
	}
	if c := meta.FindStatusCondition(o.Status.Conditions, v1alpha1.ConditionDegraded); c == nil || c.Reason != v1alpha1.ReasonFailStatic {
		return fmt.Errorf("Degraded is %+v", c)
	}
	return nil
}

// neverBoth fails the test when two hosts got traffic at the same time.
func (w *World) neverBoth(t *testing.T) {
	t.Helper()
	states, err := w.recorded.States()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if len(s.Ready) > 1 {
			t.Errorf("at %s two hosts got traffic: %v", s.At.UTC().Format("15:04:05.000"), s.Ready)
		}
	}
}
