package externalservice

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
)

// simulated is one object of the simulation as the auditor knows it. It is guarded
// by the simulation's lock.
type simulated struct {
	key      engine.Key
	spec     v1alpha1.ExternalServiceSpec
	interval time.Duration
	fast     time.Duration
	timeout  time.Duration
	// ready are the addresses that get traffic, by the slices; safety is the action that
	// the status tells of.
	ready  map[netip.Addr]bool
	safety string
	// intruded: the latest write to the slices was a former leader's.
	intruded bool
	// edited is when the user last changed something.
	edited time.Time
}

// judged is how long it may take until a host that fails is out: until it is asked,
// and as many failures as it takes, once more if nobody else has answered before.
func (o *simulated) judged() time.Duration {
	failures := max(2, o.spec.HealthCheck.UnhealthyThreshold) // one after others have answered
	return o.interval + time.Duration(failures)*max(o.fast, o.timeout)
}

// slack is for hosts that fail together: those asked for evidence hang themselves.
func (o *simulated) slack() time.Duration { return 3*max(o.fast, o.timeout) + time.Second }

// active are the Active hosts.
func (o *simulated) active() map[netip.Addr]int32 {
	active := map[netip.Addr]int32{}
	for _, h := range o.spec.Hosts {
		if intentOf(h) == v1alpha1.HostActive {
			active[netip.MustParseAddr(h.Address)] = h.Priority
		}
	}
	return active
}

// standsBy reports whether enough hosts of an earlier tier get the traffic.
func (o *simulated) standsBy(tier int32, ready map[netip.Addr]bool) bool {
	hosts, serving := map[int32]int{}, map[int32]int{}
	for address, t := range o.active() {
		hosts[t]++
		if ready[address] {
			serving[t]++
		}
	}
	for earlier := range tier {
		if hosts[earlier] > 0 && serving[earlier] >= o.spec.FailurePolicy.EffectiveMinHealthy(hosts[earlier]) {
			return true
		}
	}
	return false
}

// violate takes down that a promise was broken.
func (s *simulation) violate(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf("after %s: ", time.Since(s.began))+fmt.Sprintf(format, args...))
}

// tell takes in what a status says.
func (s *simulation) tell(object *v1alpha1.ExternalService) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.objects[object.Name]; o != nil {
		o.safety = safetyAction(object)
	}
}

// audit looks at the slices of a Service after each write. foreign: it was a former
// leader's.
func (s *simulation) audit(name string, foreign bool) {
	ready := s.readSlices(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.objects[name]
	if o == nil || foreign {
		if o != nil {
			o.ready, o.intruded, s.disturbed = ready, true, time.Now()
		}
		return
	}
	if o.intruded {
		o.ready, o.intruded = ready, false // to undo what a former leader wrote is no decision
	}
	now, active := time.Now(), o.active()
	userDid := now.Sub(o.edited) < time.Second
	if len(o.ready) > 0 && len(ready) == 0 && o.spec.FailurePolicy.Action != v1alpha1.ActionPublishNone && !userDid {
		s.violate("%s was emptied", name)
	}
	for address := range o.ready {
		tier, wanted := active[address]
		a, since := s.outside.of(address)
		if !ready[address] && wanted && a == well && now.Sub(since) > o.interval+o.timeout+time.Second &&
			!o.standsBy(tier, ready) && !s.nobodyElse(o) {
			s.violate("%s: %s was taken out, and has been well for %s; %s", name, address, now.Sub(since), s.beliefs(o))
		}
	}
	for address := range ready {
		if _, wanted := active[address]; !wanted {
			s.violate("%s: %s is published against the user's wish", name, address)
		}
		a, since := s.outside.of(address)
		if !o.ready[address] && a.dead() && now.Sub(later(since, s.disturbed)) > o.judged()+o.slack() &&
			o.spec.FailurePolicy.Action != v1alpha1.ActionPublishAll {
			s.violate("%s: %s was put in, and has been %s for %s", name, address, a, now.Sub(since))
		}
	}
	o.ready = ready
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// nobodyElse: with PublishNone all failures of an object are believed when no other
// host is left that could say anything.
func (s *simulation) nobodyElse(o *simulated) bool {
	if o.spec.FailurePolicy.Action != v1alpha1.ActionPublishNone {
		return false
	}
	own := map[string]bool{}
	for _, h := range o.spec.Hosts {
		own[h.Address] = true
	}
	for address := range s.outside.hosts {
		if a, since := s.outside.of(address); a == well && time.Since(since) > 30*time.Minute && !own[address.String()] {
			return false
		}
	}
	return true
}

// beliefs are what the leader believes of an object's hosts, in short.
func (s *simulation) beliefs(o *simulated) string {
	text := ""
	for id, v := range s.leader.engine.Verdicts(o.key) {
		a, since := s.outside.of(id.Address)
		text += fmt.Sprintf("\n   %s (%s for %s): %s, run %d success %t corroborated %t seen %s, last success %s",
			id.Address, a, time.Since(since), v.State, v.Run.Length, v.Run.Success, v.Run.Corroborated, v.Run.Seen.Sub(s.began), v.LastSuccess.Sub(s.began))
	}
	return text
}

// readSlices returns who gets traffic.
func (s *simulation) readSlices(name string) map[netip.Addr]bool {
	var list discoveryv1.EndpointSliceList
	if err := s.server.List(context.Background(), &list, client.InNamespace(orders.Namespace)); err != nil {
		s.t.Error(err)
	}
	ready := map[netip.Addr]bool{}
	for i := range list.Items {
		if list.Items[i].Labels[discoveryv1.LabelServiceName] != name {
			continue
		}
		for _, e := range list.Items[i].Endpoints {
			c := e.Conditions
			if *c.Serving && !*c.Ready && !*c.Terminating {
				s.t.Errorf("%s: %s is serving, and neither ready nor terminating", name, e.Addresses[0])
			}
			if *c.Ready {
				ready[netip.MustParseAddr(e.Addresses[0])] = true
			}
		}
	}
	return ready
}

// patrol looks whether a dead host is still in that should be out by now. Where it is
// the only one that fails, it is to be out in the time that was promised.
func (s *simulation) patrol() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.failing || s.unled {
		s.disturbed = now
		return
	}
	for _, name := range s.names {
		o := s.objects[name]
		if o.safety != "" {
			continue
		}
		bound, calm := o.judged()+100*time.Millisecond, later(s.disturbed, o.edited)
		ailing, lossyOnes := 0, 0
		for address := range o.active() {
			switch a, since := s.outside.of(address); {
			case a == lossy:
				lossyOnes++
			case a != well || now.Sub(since) < time.Minute:
				ailing++
			}
		}
		if lossyOnes > 0 {
			continue // who is evidence against whom is a matter of luck
		}
		if ailing > 1 {
			bound += o.slack()
		}
		for address := range o.ready {
			if a, since := s.outside.of(address); a.dead() && now.Sub(later(since, calm)) > bound {
				s.violate("%s: %s is still published, and has been %s for %s, undisturbed for %s; %s", name, address, a, now.Sub(since), now.Sub(calm), s.beliefs(o))
			}
		}
	}
}

// atRest looks at an object when all faults have ended long ago.
func (s *simulation) atRest(o *simulated) {
	tiers := map[int32][]netip.Addr{}
	fine := map[int32]int{}
	for address, tier := range o.active() {
		tiers[tier] = append(tiers[tier], address)
		if a, _ := s.outside.of(address); a == well {
			fine[tier]++

		}
	}
	carrying, doubtful := int32(-1), false
	for tier := range int32(3) {
		n := len(tiers[tier])
		need := o.spec.FailurePolicy.EffectiveMinHealthy(n)
		if n == 0 || fine[tier] < need {
			continue
		}
		doubtful = fine[tier] < min(need+1, n) // it may still be an outage
		carrying = tier
		break
	}
	for address, tier := range o.active() {
		a, _ := s.outside.of(address)
		switch ready := o.ready[address]; {
		case a == well && !ready && (carrying < 0 || tier <= carrying):
			s.violate("%s at rest: %s is well, and not published", o.key.Name, address)
		case a == well && ready && carrying >= 0 && tier > carrying && !doubtful:
			s.violate("%s at rest: %s stands by, and is published", o.key.Name, address)
		case a != well && ready && (carrying >= 0 && !doubtful || o.safety == ""):
			s.violate("%s at rest: %s is %s, and published", o.key.Name, address, a)
		case a != well && ready && o.spec.FailurePolicy.Action == v1alpha1.ActionPublishNone:
			s.violate("%s at rest: %s is %s, and published", o.key.Name, address, a)
		case a != well && !ready && carrying < 0 && o.spec.FailurePolicy.Action == v1alpha1.ActionPublishAll:
			s.violate("%s at rest: %s is %s, and not published with all", o.key.Name, address, a)
		}
	}
}
