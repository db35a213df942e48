package externalservice

import (
	"encoding/json"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
)

// FuzzBeginAcceptsAnyStatus: whatever a status holds, be it from a restored backup or from
// an account that may update it, a new process takes the object over without a panic.
func FuzzBeginAcceptsAnyStatus(f *testing.F) {
	for _, status := range []string{
		`{"truncated":true}`,
		`{"truncated":true,"endpoints":[]}`,
		`{"truncated":true,"endpoints":[{"host":"203.0.113.1","address":"203.0.113.1","port":"pg","state":"Unhealthy","published":true}]}`,
		`{"truncated":true,"observedGeneration":7,"endpoints":[{"host":"_pg._tcp.example.com","address":"::1","port":"","targetPort":-1,"state":"Healthy"}]}`,
		`{"endpoints":[{"host":"db.example.com","address":"","reason":"NameTimeout","since":"2026-11-21T10:00:00Z","state":"Unknown"},{"state":"?"}]}`,
		`{"conditions":[{"type":"Degraded","status":"True","reason":"FailStatic"},{"type":"Degraded","reason":"Truncated","message":"x"}]}`,
	} {
		f.Add([]byte(status), false)
		f.Add([]byte(status), true)
	}
	f.Fuzz(func(t *testing.T, encoded []byte, observes bool) {
		o := object(withHosts(append(hostsNumbered(1, 2), named("db.example.com", "_pg._tcp.example.com")...)...))
		if json.Unmarshal(encoded, &o.Status) != nil {
			t.Skip("the API server stores no such status")
		}
		if observes {
			o.Spec.Mode = v1alpha1.ModeObserve
		}
		facts, s := factsOf(object()), newStore()
		s.apply(desired.ChangesFor(facts, desired.Compose(facts, endpointsOf(object()), hosts.Verdicts{id(1): up(0), id(2): down(0)},
			failover.Decision{}, nil), false))
		facts = s.into(facts)
		facts.Object = o
		m := begin(facts)
		m.resume(facts)
		hosts.Plan(keyOf(facts), endpointsOf(object()), o.Spec.FailurePolicy, len(m.Outage) > 0, m.Verdicts, 0, tenOClock)
		hosts.QuestionsFor(facts, m.Records, nil)
	})
}
