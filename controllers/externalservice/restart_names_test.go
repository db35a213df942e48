package externalservice

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// drawNames adds names to an object, and draws what they mean.
func drawNames(t *rapid.T, o *v1alpha1.ExternalService) map[string]resolve.Reply {
	o.Spec.Resolution.MaxAddresses = 256
	replies := map[string]resolve.Reply{}
	for n := range rapid.IntRange(1, 3).Draw(t, "names") {
		name := fmt.Sprintf("db-%d.example.com", n)
		srv := len(o.Spec.Ports) == 1 && rapid.IntRange(0, 2).Draw(t, "srv") == 0
		if srv {
			name = "_pg._tcp." + name
		}
		host := drawHost(t)
		host.Address = name
		if srv {
			host.Ports = nil
		}
		o.Spec.Hosts = append(o.Spec.Hosts, host)
		reply := resolve.Reply{Family: resolve.IPv4, Result: resolve.Good}
		for i := range rapid.SampledFrom([]int{0, 1, 2, 5, 130}).Draw(t, "addresses") {
			r := resolve.Record{Address: netip.AddrFrom4([4]byte{198, 19, byte(n), byte(i)})}
			if srv {
				// Two ports for each address, and a tier that stands by.
				r.Address, r.Port = netip.AddrFrom4([4]byte{198, 19, byte(n), byte(i / 2)}), uint16(6000+i%2)
				r.Priority = uint16(i / 2 % 2)
			}
			reply.Records = append(reply.Records, r)
		}
		if len(reply.Records) == 0 {
			reply.Result = rapid.SampledFrom([]resolve.Result{resolve.NXDomain, resolve.Timeout}).Draw(t, "failure")
		}
		replies[name] = reply
	}
	return replies
}

// hear is one round of lookups of every name.
func (o *operator) hear(n int, replies map[string]resolve.Reply) {
	for name, reply := range replies {
		if _, asked := o.names.states[engine.Key(orders)][name]; asked {
			o.names.hear(name, at(n), reply)
		}
	}
}

// silent are servers that say nothing about any of the names.
func silent(replies map[string]resolve.Reply) map[string]resolve.Reply {
	none := map[string]resolve.Reply{}
	for name := range replies {
		none[name] = fails(resolve.Timeout)
	}
	return none
}

// A new process that has not asked, that gets the same answers, or that gets none at
// all, writes nothing of what gets traffic; and while it has not asked, or hears the
// same, it says nothing new either.
func TestARestartWithNamesChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, s := drawOperator(t), newStore()
		replies := drawNames(t, o.facts.Object)
		o.layout()
		o.hear(0, replies)
		o.layout()
		rounds := rapid.IntRange(1, 3).Draw(t, "rounds")
		if slices.ContainsFunc(o.facts.Object.Spec.Hosts, v1alpha1.Host.IsSRV) {
			rounds = 1 // which tier waits out its hold-down is guessed of SRV records
		}
		for n := range rounds {
			o.verdicts = drawVerdicts(t, o.layout().Endpoints, 10*n)
			o.cycle(s, at(10*n+5))
		}
		if tooManyToTell(o) {
			t.Skip("not this draw: its status is too long to list every unhealthy host, so a restart judges some anew")
		}
		srv := slices.ContainsFunc(o.facts.Object.Spec.Hosts, v1alpha1.Host.IsSRV)
		if srv && o.facts.Object.Status.Truncated {
			t.Skip("not this draw: the priorities of SRV records that a status has no room for are guessed")
		}
		if notCalled(o) {
			t.Skip("not this draw: a healthy host stands by in an outage")
		}
		same := wantSame
		if o.facts.Object.Status.Truncated || srv {
			// Whose an address is may be guessed wrong until the names have answered, and the
			// priorities of records are nowhere: a host that stood by may come in early.
			same = wantNobodyOut
		}
		for restart := range 3 {
			o = same(t, o, s, 1000+100*restart)
			switch restart {
			case 1:
				o.hear(1100, replies)
				o.wantStill(t, s, 1110)
			case 2:
				o.hear(1200, silent(replies))
				o.wantStill(t, s, 1210)
			}
		}
	})
}

// wantNobodyOut: a successor may put in whom it takes for a host of the tier that
// carries the traffic, and takes out nobody.
func wantNobodyOut(t fataler, o *operator, s *store, now int) *operator {
	t.Helper()
	ready := o.readyIn(s)
	next := o.successor(s, at(now))
	next.cycle(s, at(now+1))
	after := next.readyIn(s)
	for key := range ready {
		if !after[key] {
			t.Fatalf("%v went out", key)
		}
	}
	return next
}

// wantStill: another reconcile writes nothing. Of SRV records that a status had no
// room for the tier was guessed, so that some may be put in; nothing goes out.
func (o *operator) wantStill(t fataler, s *store, now int) {
	t.Helper()
	before, ready := o.writes, o.readyIn(s)
	guessed := o.facts.Object.Status.Truncated || slices.ContainsFunc(o.facts.Object.Spec.Hosts, v1alpha1.Host.IsSRV)
	l := o.layout()
	for _, member := range hosts.Plan(engine.Key{}, l.Endpoints, o.facts.Object.Spec.FailurePolicy, false, nil, 0, at(now)).Members {
		if _, known := o.verdicts[member.ID]; !known {
			// Out, in no slice, and left out of a status that is too long.
			if !o.facts.Object.Status.Truncated {
				t.Fatalf("%v is new", member.ID)
			}
			o.verdicts[member.ID] = member.Initial
		}
	}
	o.cycle(s, at(now))
	after := o.readyIn(s)
	for key := range ready {
		if !after[key] {
			t.Fatalf("%v went out", key)
		}
	}
	if o.writes > before && !guessed {
		t.Fatalf("after the names were asked there are %d writes", o.writes-before)
	}
}

// readyIn are the endpoints that the slices send traffic to.
func (o *operator) readyIn(s *store) map[endpointslice.Key]bool {
	ready := map[endpointslice.Key]bool{}
	for key, state := range endpointslice.Published(s.into(o.facts).Slices) {
		if state.Ready && !state.Terminating {
			ready[key] = true
		}
	}
	return ready
}
