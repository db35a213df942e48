package externalservice

import (
	"testing"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// gateOf is the gate of a port where host 1 has that verdict and is published, and
// the hosts from 2 on have those of the others.
func gateOf(r failover.Rules, host health.Verdict, others []health.Verdict, outage bool) failover.Gate {
	v, m := hosts.Verdicts{id(1): host}, remembering(1)
	numbers := []int{1}
	for i, other := range others {
		v[id(i+2)] = other
		numbers = append(numbers, i+2)
	}
	m.Outage["pg"] = outage
	endpoints := endpointsOf(object(withHosts(hostsNumbered(numbers...)...)))
	s := failover.PortsOf(endpoints, v, m.Renamed(endpoints), r.Policy)[0]
	return failover.Gate{Port: s, Action: r.Policy.EffectiveAction(), Network: r.Network}
}

// policy is a failure policy with a number or a percentage.
func policy(minHealthy string, action v1alpha1.FailureAction) v1alpha1.FailurePolicy {
	return v1alpha1.FailurePolicy{MinHealthy: new(intstr.Parse(minHealthy)), Action: action}
}

func TestTheGate(t *testing.T) {
	once := health.Thresholds{Rise: 1, Fall: 1}
	firstFailure := up(-10).Next(health.Sample{Started: at(0), Ended: at(1), Failure: "Timeout"}, once)
	tests := []struct {
		name   string
		host   health.Verdict
		limits health.Thresholds
		others []health.Verdict
		outage bool
		want   evidence.Removal
	}{
		{name: "a dead host goes when another succeeded since", host: down(0), others: []health.Verdict{up(1)}, want: evidence.Allowed},
		{name: "a success in the very moment of the first failure counts", host: down(0), others: []health.Verdict{up(0)}, want: evidence.Allowed},
		{name: "a success from before the first failure is no evidence yet", host: down(0), others: []health.Verdict{up(-1)}, want: evidence.Pending},
		{name: "a host that fails itself is no evidence", host: down(0), others: []health.Verdict{failing()}, want: evidence.Pending},
		{name: "one witness among many is enough", host: down(0), others: []health.Verdict{down(0), leftDown(), up(5)}, want: evidence.Allowed},
		{name: "hosts that die together are kept", host: down(0), others: []health.Verdict{down(0)}, want: evidence.Held},
		{name: "a single host is kept", host: down(0), want: evidence.Held},
		{name: "a recovering host is no witness", host: down(0), others: []health.Verdict{recovering()}, want: evidence.Held},
		{name: "a host without a verdict is no witness", host: down(0), others: []health.Verdict{{}}, want: evidence.Held},
		{name: "a healthy host of a predecessor has yet to answer us", host: down(0), others: []health.Verdict{leftUp()}, want: evidence.Pending},
		{name: "a verdict that was taken over removes nobody", host: leftDown(), others: []health.Verdict{up(1)}, want: evidence.Pending},
		{name: "nor does it after one failure of our own", host: leftDownFailing(), others: []health.Verdict{up(1)}, want: evidence.Pending},
		{name: "an unhealthy host that just succeeded goes nowhere", host: recovering(), others: []health.Verdict{up(20)}, want: evidence.Pending},
		{name: "with a threshold of one the evidence is awaited, and it is no outage",
			host: firstFailure, limits: once, others: []health.Verdict{up(-1)}, want: evidence.Pending},
		{name: "with a threshold of one the host must fail again once others have answered",
			host: firstFailure, limits: once, others: []health.Verdict{up(2)}, want: evidence.Pending},
		{name: "and then it goes", host: firstFailure.Corroborate(), limits: once, others: []health.Verdict{up(2)}, want: evidence.Allowed},
		{name: "one healthy host does not end an outage", host: down(0), others: []health.Verdict{recent(1)}, outage: true, want: evidence.Held},
		{name: "two healthy hosts end an outage", host: down(0), others: []health.Verdict{recent(1), recent(1)}, outage: true, want: evidence.Allowed},
		{name: "to end an outage both must be fresh", host: down(0), others: []health.Verdict{recent(1), recent(-1)}, outage: true, want: evidence.Pending},
		{name: "one that has passed the hold-down ends an outage", host: down(0), others: []health.Verdict{up(1)}, outage: true, want: evidence.Allowed},
		{name: "it must be fresh evidence, too", host: down(0), others: []health.Verdict{up(-1)}, outage: true, want: evidence.Pending},
		{name: "the hold-down removes no host that has yet to fail a full threshold", host: leftDownFailing(), others: []health.Verdict{up(1)}, outage: true, want: evidence.Pending},
		{name: "nor one that has not failed since others answered", host: inTheDark(0), others: []health.Verdict{up(1)}, outage: true, want: evidence.Pending},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.limits == (health.Thresholds{}) {
				tt.limits = limits
			}
			gate := gateOf(failover.Rules{}, tt.host, tt.others, tt.outage)
			got := gate.Removal(failover.Candidate{Verdict: tt.host, Thresholds: tt.limits})
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTheGateBelowMinHealthy(t *testing.T) {
	const keep, all, none = v1alpha1.ActionKeepLast, v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone
	lost := health.Network{Isolated: true}
	answered := health.Network{LastSuccess: at(5)}
	silent := health.Network{LastSuccess: at(-5)}
	tests := []struct {
		name    string
		policy  v1alpha1.FailurePolicy
		network health.Network
		host    health.Verdict
		others  []health.Verdict
		drafted bool
		outage  bool
		want    evidence.Removal
	}{
		{name: "two others are evidence where two must be healthy", policy: policy("2", keep), host: down(0), others: []health.Verdict{up(1), up(1)}, want: evidence.Allowed},
		{name: "one is not", policy: policy("2", keep), host: down(0), others: []health.Verdict{up(1), down(0)}, want: evidence.Held},
		{name: "a share counts the Active hosts, the failing one too", policy: policy("50%", keep), host: down(0), others: []health.Verdict{up(1), down(0)}, want: evidence.Held},
		{name: "a share that is met", policy: policy("50%", keep), host: down(0), others: []health.Verdict{up(1), up(1), down(0)}, want: evidence.Allowed},
		{name: "more than there are is never met", policy: policy("5", keep), host: down(0), others: []health.Verdict{up(1), up(1)}, want: evidence.Held},
		{name: "more than there are is never met, in an outage either", policy: policy("5", keep), outage: true, host: down(0), others: []health.Verdict{up(1), up(1)}, want: evidence.Held},
		{name: "the dead second host of two is kept while the first is just back", policy: policy("1", keep), outage: true, host: down(0), others: []health.Verdict{recent(1)}, want: evidence.Held},
		{name: "it goes when the first has passed the hold-down", policy: policy("1", keep), outage: true, host: down(0), others: []health.Verdict{up(1)}, want: evidence.Allowed},
		{name: "PublishAll keeps as well", policy: policy("2", all), network: answered, host: down(0), others: []health.Verdict{up(1)}, want: evidence.Held},
		{name: "PublishNone takes it when one host has answered since", policy: policy("2", none), network: silent, host: down(0), others: []health.Verdict{up(1)}, want: evidence.Allowed},
		{name: "whichever of them it is", policy: policy("3", none), network: silent, host: down(0), others: []health.Verdict{up(-1), up(1)}, want: evidence.Allowed},
		{name: "PublishNone takes the last when a host of another object has answered since", policy: policy("1", none), network: answered, host: down(0), want: evidence.Allowed},
		{name: "PublishNone takes the last when there is nobody else to ask", policy: policy("1", none), network: health.Network{Alone: true}, host: down(0), want: evidence.Allowed},
		{name: "PublishNone asks it again when somebody answered who is left no more", policy: policy("1", none), network: health.Network{Alone: true, LastSuccess: at(5)}, host: inTheDark(0), want: evidence.Pending},
		{name: "PublishNone waits while nobody has answered since", policy: policy("1", none), network: silent, host: down(0), want: evidence.Pending},
		{name: "an answer from before the failure vouches for nothing", policy: policy("2", none), network: silent, host: down(0), others: []health.Verdict{up(-1)}, want: evidence.Pending},
		{name: "PublishNone takes nothing without a threshold of our own", policy: policy("1", none), network: answered, host: leftDown(), want: evidence.Pending},
		{name: "a prober without a network takes nothing", policy: policy("1", none), network: lost, host: down(0), want: evidence.Held},
		{name: "an own witness shows that there is a network", policy: policy("2", none), network: lost, host: down(0), others: []health.Verdict{up(1)}, want: evidence.Allowed},
		{name: "a Service with evidence of its own fails over though the prober seems to be isolated", policy: policy("1", keep), network: lost, host: down(0), others: []health.Verdict{up(1)}, want: evidence.Allowed},
		{name: "KeepLast lets go of what only PublishAll put in", policy: policy("1", keep), drafted: true, outage: true, host: down(0), want: evidence.Allowed},
		{name: "PublishNone asks for such a host too", policy: policy("1", none), network: silent, drafted: true, outage: true, host: down(0), want: evidence.Pending},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gate := gateOf(failover.Rules{Policy: tt.policy, Network: tt.network}, tt.host, tt.others, tt.outage)
			if got := gate.Removal(failover.Candidate{Verdict: tt.host, Thresholds: limits, PublishedByPolicy: tt.drafted}); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
