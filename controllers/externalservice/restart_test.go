package externalservice

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// operator is one process with one object: it decides, writes and reports.
type operator struct {
	facts    facts.Facts
	policy   func(netip.Addr) error
	memory   *memory
	verdicts hosts.Verdicts
	names    *lookups
	writes   int
}

// layout asks the resolver, and lays out what it knows.
func (o *operator) layout() hosts.Layout {
	key := engine.Key(orders)
	if o.names == nil {
		o.names = newLookups()
	}
	o.names.policy = o.policy
	o.names.Apply(key, hosts.QuestionsFor(o.facts, o.memory.Records, nil))
	n := hosts.Names{Answers: o.names.Answers(key), Reported: o.memory.Names, UnconfirmedRecords: o.memory.UnconfirmedRecords, InUse: o.memory.Uses}
	return hosts.Endpoints(o.facts.Object.Spec, o.facts.PortNames, o.policy, checks.References{}, n)
}

// cycle is one reconcile. It carries its writes out and stores the status.
func (o *operator) cycle(s *store, now time.Time) {
	f := s.into(o.facts)
	l := o.layout()
	rules := failover.Rules{Policy: f.Object.Spec.FailurePolicy}
	d := rules.Decide(l.Endpoints, o.verdicts, o.memory.Previous)
	d.Pending = d.Pending || l.Awaited()
	endpoints := desired.Compose(f, l.Endpoints, o.verdicts, d, o.memory.Acknowledged)
	o.writes += s.apply(desired.ChangesFor(f, endpoints, d.Pending))
	o.memory.Acknowledged = o.memory.Acknowledged.Next(o.verdicts, d, now, func(float64) {})
	again := d.OutageEnded(o.memory.Previous)
	o.memory.Remember(d)
	told := status.Report{
		Acceptance: desired.Accept(f).WithLayout(l), Endpoints: status.EndpointStatuses(f.Object.Spec, l, o.verdicts, d),
		Shares: failover.Shares(l.Endpoints, o.verdicts, rules.Policy), Outage: len(d.Outage) > 0, Action: rules.Policy.EffectiveAction(),
		Pending: d.Pending, Programmed: status.ProgrammedAfter(0, nil), Names: l.Names, Overflow: l.Overflow,
	}
	o.memory.Names = status.ByName(l.Names)
	f.Object.Status = status.Compose(f.Object, told, metav1.NewTime(now).Rfc3339Copy())
	if again {
		o.cycle(s, now)
	}
}

// successor is the operator that finds what this one left behind.
func (o *operator) successor(s *store, now time.Time) *operator {
	next := &operator{facts: o.facts, policy: o.policy, memory: begin(s.into(o.facts)), verdicts: hosts.Verdicts{}}
	l := next.layout()
	for _, member := range hosts.Plan(engine.Key{}, l.Endpoints, o.facts.Object.Spec.FailurePolicy, len(next.memory.Outage) > 0, next.memory.Verdicts, 0, now).Members {
		next.verdicts[member.ID] = member.Initial
	}
	return next
}

// settledVerdict is any verdict but none, reached n seconds past ten.
func settledVerdict(t *rapid.T, n int) health.Verdict {
	since := at(n).Add(123 * time.Millisecond)
	switch rapid.IntRange(0, 4).Draw(t, "verdict") {
	case 0, 1:
		return health.Verdict{State: health.Healthy, Since: since, Trigger: since, LastSuccess: at(n + 5),
			Run: health.Run{Length: rapid.SampledFrom([]int{5, 50}).Draw(t, "successes"), Success: true, Began: since, Seen: since}}
	case 2:
		return health.TakenOver(health.Healthy, since, "")
	case 3:
		return health.TakenOver(health.Unhealthy, since, probes.Timeout)
	default:
		return health.Verdict{State: health.Unhealthy, Since: since, Trigger: since, Reason: probes.ConnectionRefused,
			Run: health.Run{Length: 3, Began: at(n - 1), Seen: at(n - 1)}}
	}
}

// drawVerdicts judges every endpoint. Those that are checked at the same place
// have the same verdict, as they share the probe.
func drawVerdicts(t *rapid.T, endpoints []hosts.Endpoint, n int) hosts.Verdicts {
	drawn := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) health.Verdict { return settledVerdict(t, n) }), 1, 7).Draw(t, "verdicts")
	v, shared := hosts.Verdicts{}, map[string]health.Verdict{}
	for _, e := range endpoints {
		if !e.Probed() {
			continue
		}
		target := fmt.Sprint(e.Target, e.Check.Key)
		if _, judged := shared[target]; !judged {
			shared[target] = drawn[len(shared)%len(drawn)]
		}
		v[e.ID] = shared[target]
	}
	return v
}

// drawHosts draws a few kinds of hosts, and few or many hosts of them.
func drawHosts(t *rapid.T) []v1alpha1.Host {
	kinds := rapid.SliceOfN(rapid.Custom(drawHost), 1, 6).Draw(t, "kinds")
	var hosts []v1alpha1.Host
	for n := range rapid.SampledFrom([]int{1, 2, 3, 4, 6, 130}).Draw(t, "hosts") {
		h := kinds[n%len(kinds)]
		h.Address = fmt.Sprintf(h.Address, n+1)
		hosts = append(hosts, h)
	}
	return hosts
}

func drawHost(t *rapid.T) v1alpha1.Host {
	h := v1alpha1.Host{
		Address:  rapid.SampledFrom([]string{"198.18.0.%d", "198.18.0.%d", "2001:db8::%x"}).Draw(t, "family"),
		Priority: rapid.SampledFrom([]int32{0, 0, 0, 1, 7}).Draw(t, "priority"),
		Zone:     rapid.SampledFrom([]string{"", "eu-west-1a"}).Draw(t, "zone"),
		State: rapid.SampledFrom([]v1alpha1.HostState{v1alpha1.HostActive, v1alpha1.HostActive, v1alpha1.HostActive, "",
			v1alpha1.HostDrain, v1alpha1.HostDisabled}).Draw(t, "state"),
	}
	if rapid.IntRange(0, 3).Draw(t, "own port") == 3 {
		h.Ports = []v1alpha1.HostPort{{Name: "pg", TargetPort: webPort.Port}}
	}
	return h
}

// drawObject draws an object with one port or two. On some hosts both are the
// same, and in some objects both are checked at a third one.
func drawObject(t *rapid.T) *v1alpha1.ExternalService {
	o := object(withHosts(drawHosts(t)...))
	o.Spec.FailurePolicy = policy(rapid.SampledFrom([]string{"1", "2", "50%"}).Draw(t, "minHealthy"),
		rapid.SampledFrom([]v1alpha1.FailureAction{v1alpha1.ActionKeepLast, v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone}).Draw(t, "action"))
	if rapid.Bool().Draw(t, "two ports") {
		o.Spec.Ports = []v1alpha1.Port{pgPort, webPort}
	}
	if rapid.Bool().Draw(t, "checked aside") {
		o.Spec.HealthCheck.Port = 9000
	}
	if rapid.Bool().Draw(t, "without the unhealthy") {
		o.Spec.Publish.UnhealthyHosts = v1alpha1.UnhealthyRemove
	}
	return o
}

// drawOperator draws an object with its Service, and somebody's address policy.
func drawOperator(t *rapid.T) *operator {
	o := drawObject(t)
	policy := anybody
	if rapid.Bool().Draw(t, "first host denied") {
		policy = except(netip.MustParseAddr(o.Spec.Hosts[0].Address))
	}
	var f facts.Facts
	if rapid.Bool().Draw(t, "existing Service") {
		existing(o)
		f = factsOf(o)
		f.Service.Spec.PublishNotReadyAddresses = rapid.Bool().Draw(t, "not ready addresses")
		if len(o.Spec.Ports) == 1 {
			f.Service.Spec.Ports[0].Name = ""
			f.PortNames = desired.PortNamesOf(o, f.Service)
		}
	} else {
		f = factsOf(o)
	}
	f.Service.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
	return &operator{facts: f, policy: policy, memory: newMemory()}
}

// tooManyToTell: of more endpoints in trouble than a status lists some are known to
// no successor, unless the slices say not ready, or it is an outage of all.
func tooManyToTell(o *operator) bool {
	unhealthy, kept, idle := 0, 0, 0
	for id, v := range o.verdicts {
		if v.State == health.Healthy && !o.memory.Published[id] {
			idle++
		}
		if v.State != health.Unhealthy {
			continue
		}
		unhealthy++
		if o.memory.Published[id] {
			kept++
		}
	}
	elsewhere := o.facts.Object.Spec.Publish.UnhealthyHosts == v1alpha1.UnhealthyRemove || o.facts.PublishesNotReady()
	whole := unhealthy == len(o.verdicts) && kept == unhealthy
	status := o.facts.Object.Status
	if !status.Truncated {
		return false
	}
	switch last := status.Endpoints[len(status.Endpoints)-1]; {
	case last.State != v1alpha1.EndpointHealthy:
		return (elsewhere || kept > 0) && !whole || idle > 0
	case !last.Published:
		return o.facts.PublishesNotReady() || hostsWait(o)
	default:
		return false
	}
}

// hostsWait: healthy hosts are not published and do not stand by for a tier before
// theirs: they wait for the end of a hold-down, or until they are judged on both ports.
func hostsWait(o *operator) bool {
	endpoints := hosts.Endpoints(o.facts.Object.Spec, o.facts.PortNames, o.policy, checks.References{}, hosts.Names{}).Endpoints
	last := map[string]int32{}
	for _, e := range endpoints {
		if o.memory.Published[e.ID] {
			last[e.ID.Port] = max(last[e.ID.Port], e.Tier)
		}
	}
	for _, e := range endpoints {
		if e.Active() && o.verdicts[e.ID].State == health.Healthy && !o.memory.Published[e.ID] && e.Tier <= last[e.ID.Port] {
			return true
		}
	}
	return false
}

// notCalled: an outage holds, and a healthy host stands by in it, for the hosts above
// have to be asked again first. No status tells such a port from one that another
// tier carries, so that a successor may call it HostsUnhealthy until it knows.
func notCalled(o *operator) bool {
	for id, v := range o.verdicts {
		if v.State == health.Healthy && !o.memory.Published[id] && len(o.memory.Outage) > 0 {
			return true
		}
	}
	return false
}

// wantSame: a successor writes nothing, tells nothing and reports the same.
func wantSame(t fataler, o *operator, s *store, now int) *operator {
	t.Helper()
	stored := o.facts.Object.Status.DeepCopy()
	next := o.successor(s, at(now))
	next.cycle(s, at(now+1))
	if next.writes > 0 {
		t.Fatalf("a restart made %d writes", next.writes)
	}
	if diff := cmp.Diff(stored, &next.facts.Object.Status, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("a restart changed the status (-before +after):\n%s", diff)
	}
	if events := status.Transitions(next.memory.States, next.verdicts, next.facts.Object.Status.Endpoints); len(events) > 0 {
		t.Fatalf("a restart tells of %v", events)
	}
	return next
}

// fataler is what both testing.T and rapid.T are.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// An outage of more hosts than a status lists is no recovery to the successor.
func TestARestartInAnOutageOfManyHostsChangesNothing(t *testing.T) {
	var listed []v1alpha1.Host
	for n := range 250 {
		listed = append(listed, v1alpha1.Host{Address: address(n).String()})
	}
	o, s := &operator{facts: factsOf(object(withHosts(listed...))), policy: anybody, memory: newMemory(), verdicts: hosts.Verdicts{}}, newStore()
	for n := range listed {
		o.verdicts[id(n)] = up(0)
	}
	o.cycle(s, at(0))
	for n := range listed {
		o.verdicts[id(n)] = down(10)
	}
	o.cycle(s, at(20))
	o.writes = 0
	o = wantSame(t, o, s, 1000)
	if degraded := inShort(o.facts.Object.Status.Conditions)[v1alpha1.ConditionDegraded]; degraded != "True FailStatic" {
		t.Errorf("Degraded is %s", degraded)
	}
}

func TestARestartChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, s := drawOperator(t), newStore()
		l := o.layout()
		rounds := rapid.IntRange(1, 3).Draw(t, "rounds")
		for n := range rounds {
			o.verdicts = drawVerdicts(t, l.Endpoints, 10*n)
			o.cycle(s, at(10*n+5))
		}
		if tooManyToTell(o) {
			t.Skip("not this draw: its status is too long to list every unhealthy host, so a restart judges some anew")
		}
		if notCalled(o) {
			t.Skip("not this draw: a healthy host stands by in an outage")
		}
		for restart := range 3 {
			o = wantSame(t, o, s, 1000+restart)
		}
	})
}
