package externalservice

import (
	"testing"

	"github.com/external-endpoints/operator/probes/health"
)

func (p passage) String() string { return [...]string{"pass", "wait", "hold"}[p] }

func TestTheGate(t *testing.T) {
	once := health.Thresholds{Rise: 1, Fall: 1}
	firstFailure := up(-10).Next(health.Sample{Started: at(0), Ended: at(1), Failure: "Timeout"}, once)
	tests := []struct {
		name   string
		host   health.Verdict
		limits health.Thresholds
		others []health.Verdict
		outage bool
		want   passage
	}{
		{name: "a dead host goes when another succeeded since", host: down(0), others: []health.Verdict{up(1)}, want: pass},
		{name: "a success in the very moment of the first failure counts", host: down(0), others: []health.Verdict{up(0)}, want: pass},
		{name: "a success from before the first failure is no evidence yet", host: down(0), others: []health.Verdict{up(-1)}, want: wait},
		{name: "a host that fails itself is no evidence", host: down(0), others: []health.Verdict{failing()}, want: wait},
		{name: "one witness among many is enough", host: down(0), others: []health.Verdict{down(0), leftDown(), up(5)}, want: pass},
		{name: "hosts that die together are kept", host: down(0), others: []health.Verdict{down(0)}, want: hold},
		{name: "a single host is kept", host: down(0), want: hold},
		{name: "a recovering host is no witness", host: down(0), others: []health.Verdict{recovering()}, want: hold},
		{name: "a host without a verdict is no witness", host: down(0), others: []health.Verdict{{}}, want: hold},
		{name: "a healthy host of a predecessor has yet to answer us", host: down(0), others: []health.Verdict{leftUp()}, want: wait},
		{name: "a verdict that was taken over removes nobody", host: leftDown(), others: []health.Verdict{up(1)}, want: wait},
		{name: "nor does it after one failure of our own", host: leftDownFailing(), others: []health.Verdict{up(1)}, want: wait},
		{name: "an unhealthy host that just succeeded goes nowhere", host: recovering(), others: []health.Verdict{up(20)}, want: wait},
		{name: "with a threshold of one the evidence is awaited, and it is no outage",
			host: firstFailure, limits: once, others: []health.Verdict{up(-1)}, want: wait},
		{name: "with a threshold of one the evidence decides",
			host: firstFailure, limits: once, others: []health.Verdict{up(2)}, want: pass},
		{name: "one healthy host does not end an outage", host: down(0), others: []health.Verdict{up(1)}, outage: true, want: hold},
		{name: "two healthy hosts end an outage", host: down(0), others: []health.Verdict{up(1), up(1)}, outage: true, want: pass},
		{name: "to end an outage both must be fresh", host: down(0), others: []health.Verdict{up(1), up(-1)}, outage: true, want: wait},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.limits == (health.Thresholds{}) {
				tt.limits = limits
			}
			got := passGate(candidate{verdict: tt.host, thresholds: tt.limits}, tt.others, tt.outage)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
