package failover

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

const (
	// crowded is how many other objects are watched, with interval and timeout as
	// in the measured one, and with targets of their own.
	crowded = 200
	// deadOf is how many of them have a host that never answers.
	deadOf = 20
)

func TestFailoverTimeIsSameAmongManyObjects(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	victim := hosts[3]
	faults := []framework.Fault{framework.Killed, framework.ServerError}

	// Another object each time, and none beside it with the same host: kube-proxy has a
	// second Service lose a host a second later, a host that went down often proves
	// itself for longer, and events tell of an object five times in ten seconds.
	measure := func(t *testing.T, name string, f framework.Fault) framework.Failure {
		object := w.Web(name+strings.ToLower(f.Reason), hosts...)
		w.Serve(t, object)
		defer w.Remove(t, object)
		return w.failOver(t, object.Name, f, victim)
	}
	alone := map[string]framework.Failure{}
	for _, f := range faults {
		t.Run(f.Name+" alone", func(t *testing.T) { alone[f.Name] = measure(t, "alone-", f) })
	}
	if t.Failed() {
		return
	}
	// The victim is none of theirs: what is measured is being watched beside
	// others, and not 200 failures at once.
	w.gather(t, framework.Except(hosts, victim))
	for _, f := range faults {
		t.Run(f.Name+" in a crowd", func(t *testing.T) {
			crowd := measure(t, "crowded-", f)
			// When the next probe was due is chance, and bounded by failOver. What comes
			// after the first failing probe is not.
			framework.Within(t, "first failing probe to slice, in a crowd", crowd.Decided(), alone[f.Name].Decided()+crowd.Retried+framework.Slack)
		})
	}
}

// gather creates the crowd and waits until all is known of it.
func (w *World) gather(t *testing.T, hosts []*host.Host) {
	t.Helper()
	for i := range crowded {
		object := w.Web(fmt.Sprintf("crowd-%03d", i), hosts[i%len(hosts)], hosts[(i+1)%len(hosts)])
		// Another path is another target: without it they would share four probes.
		object.Spec.HealthCheck.HTTP.Path = host.HealthPath + "?" + strconv.Itoa(i)
		if i%(crowded/deadOf) == 0 {
			object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: framework.DeadAddress})
		}
		w.Create(t, object)
	}
	waits.Eventually(t, waits.Timeout, func() error { return w.Settled(t, crowded) })
	targets, err := w.Operator.Sum(t.Context(), "external_endpoints_engine_targets")
	if err != nil {
		t.Fatal(err)
	}
	if least := 2.0*crowded + deadOf; targets < least {
		t.Errorf("only %v targets are probed, want %v: it is no crowd", targets, least)
	}
}
