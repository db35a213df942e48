package externalservice

import (
	"net/netip"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/recovery"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// modelWorld is what does not change in a search.
type modelWorld struct {
	hosts []hostKind
	// minHealthy and action are the failure policy.
	minHealthy string
	action     v1alpha1.FailureAction
	limits     health.Thresholds
	// elsewhere: another object watches other hosts.
	elsewhere bool
	// overlapping: between the start and the end of a probe anything may happen.
	overlapping bool
	// meddling: the user drains hosts, and the address policy denies some.
	meddling bool
	// role: a host passes its check only while it has a role, which at most one host has
	// and which moves.
	role bool
	// crashing: the operator crashes at every write boundary, and writes are refused.
	crashing bool

	layouts  map[[modelHosts]v1alpha1.HostState]hosts.Layout
	writings map[writing]written
	stored   map[modelLeft]inheritance
}

// hostKind is what a host is like. One that is well answers whenever the prober's
// network is there; of the others any probe may fail.
type hostKind struct {
	tier int32
	well bool
}

// alike are the ranges of hosts of the same kind: which of them is which does not matter.
func (w *modelWorld) alike() [][2]int {
	var ranges [][2]int
	for first := 0; first < len(w.hosts); {
		end := first + 1
		for end < len(w.hosts) && w.hosts[end] == w.hosts[first] {
			end++
		}
		ranges = append(ranges, [2]int{first, end})
		first = end
	}
	return ranges
}

func (w *modelWorld) policy() v1alpha1.FailurePolicy { return policy(w.minHealthy, w.action) }

func (w *modelWorld) object(intents [modelHosts]v1alpha1.HostState) *v1alpha1.ExternalService {
	o := object(withHosts())
	for i, kind := range w.hosts {
		host := hostsNumbered(i + 1)[0]
		host.Priority = kind.tier
		if intents[i] != "Denied" {
			host.State = intents[i]
		}
		o.Spec.Hosts = append(o.Spec.Hosts, host)
	}
	o.Spec.FailurePolicy = w.policy()
	o.Spec.HealthCheck.HealthyThreshold, o.Spec.HealthCheck.UnhealthyThreshold = int32(w.limits.Rise), int32(w.limits.Fall)
	no := false
	o.Spec.Publish.Endpoints = &no
	return o
}

func (w *modelWorld) layout(intents [modelHosts]v1alpha1.HostState) hosts.Layout {
	l, known := w.layouts[intents]
	if !known {
		var denied []netip.Addr
		for i := range w.hosts {
			if intents[i] == "Denied" {
				denied = append(denied, address(i+1))
			}
		}
		l = hosts.Endpoints(w.object(intents).Spec, nil, except(denied...), checks.References{}, hosts.Names{})
		w.layouts[intents] = l
	}
	return l
}

// decide is the real decision in a state.
func (w *modelWorld) decide(s modelState) failover.Decision {
	r := failover.Rules{Policy: w.policy(), Network: s.network(w)}
	return r.Decide(w.layout(s.intents()).Endpoints, s.verdicts(w), s.memory(w).Previous)
}

// modelLeft is what a state has in the API server.
type modelLeft struct {
	intents [modelHosts]v1alpha1.HostState
	slice   [modelHosts]sliced
	told    [modelHosts]statusLine
	safety  safety
}

// writing is all that the writes after a decision depend on.
type writing struct {
	before    modelLeft
	states    [modelHosts]health.State
	published [modelHosts]bool
	outage    bool
	isolated  bool
	pending   bool
}

// written is what came of it.
type written struct {
	slice       [modelHosts]sliced
	sliceWrites int
	told        [modelHosts]statusLine
	safety      safety
}

func (w *modelWorld) left(s modelState) modelLeft {
	l := modelLeft{intents: s.intents(), safety: s.safety}
	for i, h := range s.hosts {
		l.slice[i], l.told[i] = h.slice, h.told
	}
	return l
}

// write is what the real code makes of a decision: slices, and a status.
func (w *modelWorld) write(s modelState, d failover.Decision) written {
	key := writing{before: w.left(s), outage: len(d.Outage) > 0, isolated: d.Isolated, pending: d.Pending}
	for i := range w.hosts {
		key.states[i], key.published[i] = s.hosts[i].state, d.Published[id(i+1)]
	}
	result, known := w.writings[key]
	if known {
		return result
	}
	f, l, v := w.facts(key.before), w.layout(key.before.intents), s.verdicts(w)
	stored := newStore()
	for _, slice := range f.Slices {
		stored.slices[slice.Name] = slice
	}
	c := desired.ChangesFor(f, desired.Compose(f, l.Endpoints, v, d, nil), d.Pending)
	result.sliceWrites = stored.apply(c)
	for key, state := range endpointslice.Published(stored.into(f).Slices) {
		result.slice[w.index(key.Address)] = sliced{true, state.Ready, state.Serving, state.Terminating}
	}
	r := status.Report{
		Acceptance: desired.Accept(f).WithLayout(l), Endpoints: status.EndpointStatuses(f.Object.Spec, l, v, d),
		Shares: failover.Shares(l.Endpoints, v, w.policy()), Outage: key.outage, Action: w.policy().EffectiveAction(),
		Isolated: d.Isolated, Pending: d.Pending, Programmed: status.ProgrammedAfter(0, nil),
	}
	f.Object.Status = status.Compose(f.Object, r, metav1.NewTime(tenOClock))
	for _, e := range f.Object.Status.Endpoints {
		i := w.index(netip.MustParseAddr(e.Address))
		result.told[i] = statusLine{toldState(slices.Index(toldStates, e.State)), e.Published, e.Reason != ""}
	}
	result.safety = safety(slices.Index(safeties, status.SafetyAction(f.Object)))
	w.writings[key] = result
	return result
}

func (w *modelWorld) index(address netip.Addr) int { return int(address.As4()[3]) - 1 }

// facts are what a process reads of what was left.
func (w *modelWorld) facts(left modelLeft) facts.Facts {
	f := factsOf(w.object(left.intents))
	f.WriteEndpoints = false
	var listed []endpointslice.Endpoint
	for i, state := range left.slice {
		if state.listed {
			listed = append(listed, endpointslice.Endpoint{
				Address: address(i + 1), Ports: []endpointslice.Port{w.layout(left.intents).Endpoints[i].SlicePort},
				Ready: state.ready, Serving: state.serving, Terminating: state.terminating,
			})
		}
		if told := left.told[i]; told.state > 0 {
			e := v1alpha1.EndpointStatus{
				Host: address(i + 1).String(), Address: address(i + 1).String(), Port: "pg", TargetPort: 5432,
				State: toldStates[told.state], Published: told.published,
			}
			if told.reason {
				e.Reason = "Timeout"
			}
			f.Object.Status.Endpoints = append(f.Object.Status.Endpoints, e)
		}
	}
	stored := newStore()
	stored.apply(desired.Changes{Slices: endpointslice.Plan(desired.OwnerOf(f), nil, listed)})
	if left.safety > 0 {
		f.Object.Status.Conditions = []metav1.Condition{
			{Type: v1alpha1.ConditionDegraded, Status: metav1.ConditionTrue, Reason: safeties[left.safety]},
		}
	}
	f.Object.Status.ObservedGeneration = f.Object.Generation
	return stored.into(f)
}

// inheritance is what a new process makes of what was left.
type inheritance struct {
	published [modelHosts]bool
	states    [modelHosts]health.State
	outage    bool
}

// inherit has the real code take a state over.
func (w *modelWorld) inherit(left modelLeft) inheritance {
	result, known := w.stored[left]
	if known {
		return result
	}
	f := w.facts(left)
	m := recovery.FromPublished(f)
	for _, member := range hosts.Plan(engine.Key{}, w.layout(left.intents).Endpoints, w.policy(), len(m.Outage) > 0, m.Verdicts, 0, tenOClock).Members {
		result.states[w.index(member.ID.Address)] = member.Initial.State
	}
	for i := range w.hosts {
		result.published[i] = m.Published[id(i+1)]
	}
	result.outage = m.Outage["pg"]
	w.stored[left] = result
	return result
}
