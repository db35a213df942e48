package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/cluster/host"
)

const (
	// crowded is how many other objects are watched, with interval and timeout as
	// in the measured one, and with targets of their own.
	crowded = 200
	// deadOf is how many of them have a host that never answers.
	deadOf = 20
)

// deadAddress is nobody's on the lab's network: packets to it vanish.
const deadAddress = "192.0.2.199"

func TestFailoverTakesNoLongerInACrowd(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	victim := hosts[3]
	faults := []fault{killed, serverError}

	// Another object each time, and none beside it with the same host: kube-proxy has a
	// second Service lose a host a second later, a host that went down often proves
	// itself for longer, and events tell of an object five times in ten seconds.
	measure := func(t *testing.T, name string, f fault) failure {
		object := w.web(name+strings.ToLower(f.reason), hosts...)
		w.serve(t, object)
		defer w.remove(t, object)
		return w.failOver(t, object.Name, f, victim)
	}
	alone := map[string]failure{}
	for _, f := range faults {
		t.Run(f.name+" alone", func(t *testing.T) { alone[f.name] = measure(t, "alone-", f) })
	}
	if t.Failed() {
		return
	}
	// The victim is none of theirs: what is measured is being watched beside
	// others, and not 200 failures at once.
	w.gather(t, except(hosts, victim))
	for _, f := range faults {
		t.Run(f.name+" in a crowd", func(t *testing.T) {
			crowd := measure(t, "crowded-", f)
			// When the next probe was due is chance, and bounded by failOver. What comes
			// after the first failing probe is not.
			within(t, "first failing probe to slice, in a crowd", crowd.decided(), alone[f.name].decided()+crowd.retried+slack)
		})
	}
}

// gather creates the crowd and waits until all is known of it.
func (w *World) gather(t *testing.T, hosts []*host.Host) {
	t.Helper()
	for i := range crowded {
		object := w.web(fmt.Sprintf("crowd-%03d", i), hosts[i%len(hosts)], hosts[(i+1)%len(hosts)])
		// Another path is another target: without it they would share four probes.
		object.Spec.HealthCheck.HTTP.Path = host.HealthPath + "?" + strconv.Itoa(i)
		if i%(crowded/deadOf) == 0 {
			object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: deadAddress})
		}
		w.create(t, object)
	}
	eventually(t, 2*time.Minute, func() error { return w.settled(t, crowded) })
	targets, err := sum(t.Context(), w.Operator, "external_endpoints_engine_targets")
	if err != nil {
		t.Fatal(err)
	}
	if least := 2.0*crowded + deadOf; targets < least {
		t.Errorf("only %v targets are probed, want %v: it is no crowd", targets, least)
	}
}

// settled returns nil when all objects of the namespace have a verdict on each
// of their hosts, and all but the dead ones are served.
func (w *World) settled(t *testing.T, objects int) error {
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
			dead := e.Address == deadAddress
			if e.Published == dead || dead && e.State != v1alpha1.EndpointUnhealthy {
				return fmt.Errorf("%s: %s is %s, published: %t", object.Name, e.Address, e.State, e.Published)
			}
		}
	}
	return nil
}
