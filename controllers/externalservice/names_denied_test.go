package externalservice

import (
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

const insideName = "kafka.other.svc.k8s.example.net"

func TestStatusShowsANameThatLeadsIntoTheClusterAsDenied(t *testing.T) {
	c := newCluster(t, object(withHosts(append(named(dbName), hostsNumbered(9)...)...)))
	c.mustReconcile()
	c.names.hear(dbName, at(0), resolve.Reply{Family: resolve.IPv4, Result: resolve.Denied, Denied: true})
	c.judged(hosts.Verdicts{id(9): up(0)})
	c.wantStatuses("203.0.113.9:5432 Healthy", "db.example.com:5432 Denied AddressDenied")
	c.wantConditions(map[string]string{"Accepted": "True Accepted", "Programmed": "True Programmed",
		"Available": "True Available", "Ready": "True Ready", "Degraded": "True HostDenied"})
	c.wantQuiet()
	c.restart()
	c.wantQuiet()
	c.names.hear(dbName, at(10), says(1))
	c.judged(hosts.Verdicts{id(1): up(20)})
	c.wantServed("203.0.113.1", "203.0.113.9")
}

// The API refuses names of the default cluster domain; of another one only the operator
// knows.
func TestReconcilerDeniesNamesOfTheClusterDomain(t *testing.T) {
	c := newCluster(t, object(withHosts(append(named(insideName, dbName), hostsNumbered(9)...)...)))
	c.mustReconcile()
	c.names.hear(insideName, at(0), says(1))
	c.names.hear(dbName, at(0), says(2))
	c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(9): up(0)})
	c.wantServed("203.0.113.1", "203.0.113.2", "203.0.113.9")

	// The operator is started anew, with the right --cluster-domain.
	c.restart()
	c.r.deniedName = addresspolicy.NewNames("k8s.example.net").Denied
	c.mustReconcile()
	c.wantServed("203.0.113.2", "203.0.113.9")
	c.wantStatuses("203.0.113.9:5432 Healthy", "203.0.113.2:5432 (db.example.com) Healthy", insideName+":5432 Denied AddressDenied")
	if _, asked := c.names.questions[engine.Key(orders)][insideName]; asked {
		t.Error("the resolver is asked for it")
	}
	if got := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionDegraded); got == nil || got.Reason != v1alpha1.ReasonHostDenied {
		t.Errorf("Degraded: %+v", got)
	}
	c.wantQuiet()
}
