package externalservice

import (
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/addresspolicy/addresstest"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/resolve"
)

// A name that resolves to each of the vectors, beside an address that is well.
func TestNoNameLeadsToADeniedAddress(t *testing.T) {
	without := addresspolicy.New(nil, nil)
	t.Run("anywhere", func(t *testing.T) { namesLeadWhereThePolicyAllows(t, addresstest.Vectors, without.Check) })
	cluster := addresstest.Policy()
	t.Run("in a cluster", func(t *testing.T) { namesLeadWhereThePolicyAllows(t, addresstest.ClusterVectors, cluster.Check) })
}

func namesLeadWhereThePolicyAllows(t *testing.T, vectors []addresstest.Vector, policy func(netip.Addr) error) {
	well := netip.MustParseAddr("203.0.113.77")
	both := []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
	for _, vector := range vectors {
		vectorAddress := netip.MustParseAddr(vector.Address)
		if vectorAddress.Zone() != "" {
			continue // DNS has no zones
		}
		t.Run(vector.Sentence, func(t *testing.T) {
			o := object(withHosts(named(dbName)...))
			o.Spec.Resolution.Families = both
			f := factsOf(o)
			names, key := newLookups(), engine.Key(orders)
			names.policy = policy
			names.Apply(key, hosts.QuestionsFor(f, nil, nil))
			replies := map[resolve.Family]resolve.Reply{}
			for _, a := range []netip.Addr{well, vectorAddress} {
				family := resolve.IPv6
				if a.Is4() {
					family = resolve.IPv4
				}
				reply := replies[family]
				reply.Family, reply.Result = family, resolve.Good
				reply.Records = append(reply.Records, resolve.Record{Address: a})
				replies[family] = reply
			}
			for _, reply := range replies {
				names.hear(dbName, at(0), reply)
			}

			l := hosts.Endpoints(o.Spec, nil, policy, checks.References{}, answered(names))
			v := hosts.Verdicts{}
			for _, member := range hosts.Plan(key, l.Endpoints, o.Spec.FailurePolicy, false, nil, 0, at(0)).Members {
				v[member.ID] = health.Verdict{State: health.Healthy, LastSuccess: at(0)}
			}
			d := decide(l.Endpoints, v, newMemory())
			var listed []netip.Addr
			for _, e := range desired.Compose(f, l.Endpoints, v, d, nil) {
				listed = append(listed, e.Address)
			}
			if !slices.Contains(listed, well) {
				t.Error("the address beside it is not published")
			}
			// A form that embeds IPv4 is never listed: a slice cannot hold it.
			denied := vector.Denied() || vectorAddress.Is4In6()
			_, planned := v[engine.MemberID{Address: vectorAddress, Port: "pg"}]
			if got := slices.Contains(listed, vectorAddress); got == denied || planned == denied {
				t.Errorf("listed %t, planned %t, denied %t", got, planned, denied)
			}
			told := false
			for _, e := range status.EndpointStatuses(o.Spec, l, v, d) {
				told = told || e.State == v1alpha1.EndpointDenied && e.Reason == "AddressDenied"
				if denied && e.Address == vectorAddress.String() {
					t.Errorf("the status tells of it: %+v", e)
				}
			}
			if told != denied {
				t.Errorf("told to be denied: %t", told)
			}
		})
	}
}

// answered are the names as the resolver has them.
func answered(l *lookups) hosts.Names { return hosts.Names{Answers: l.Answers(engine.Key(orders))} }
