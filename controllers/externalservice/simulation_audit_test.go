package externalservice

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
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
	// edited is when the user last changed something, written when the slices were written.
	edited, written time.Time
	// excused is by when a dead host has to be out that a safety action has kept in, as the
	// status told.
	excused time.Time
	// patrolled is when the auditor looks at it next.
	patrolled time.Time
}

// anyLossy reports whether some Active host is lossy.
func (o *simulated) anyLossy(out *outside) bool {
	for address := range o.active() {
		if a, _ := out.of(address); a == lossy {
			return true
		}
	}
	return false
}

// judged is how long it may take until a host that fails is out: until it is asked, and
// as many failures as it takes. One of them has to be of a probe that started after others
// had answered, and those are asked when the first failure is seen, a fast interval after
// they were last asked at the latest.
func (o *simulated) judged() time.Duration {
	step, answered := max(o.fast, o.timeout), o.timeout+o.fast+slowestAnswer
	failures := max(int(o.spec.HealthCheck.UnhealthyThreshold)-1, int((answered+step-1)/step))
	return o.interval + time.Duration(failures)*step + o.timeout
}

// slack is for hosts that fail together: those asked for evidence hang themselves.
func (o *simulated) slack() time.Duration { return 3*max(o.fast, o.timeout) + time.Second }

// addresses are those of all hosts.
func (o *simulated) addresses() []netip.Addr {
	var all []netip.Addr
	for _, h := range o.spec.Hosts {
		all = append(all, netip.MustParseAddr(h.Address))
	}
	return all
}

// active are the Active hosts.
func (o *simulated) active() map[netip.Addr]int32 {
	active := map[netip.Addr]int32{}
	for _, h := range o.spec.Hosts {
		if hosts.IntentOf(h) == v1alpha1.HostActive {
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
	o, safety := s.objects[object.Name], status.SafetyAction(object)
	if o == nil || o.safety == safety {
		return
	}
	switch {
	case o.safety == v1alpha1.ReasonProberIsolated: // what failed in the dark has to fail again, whatever else keeps it in meanwhile
		o.excused = later(o.excused, time.Now().Add(o.judged()+o.slack()))
	case safety == "": // a probe that is running when the evidence comes is too old, the next one counts
		o.excused = later(o.excused, time.Now().Add(2*max(o.fast, o.timeout)))
	}
	o.safety = safety
	s.lockedPatrol(o)
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
			s.lockedPatrolAll()
		}
		return
	}
	if o.intruded {
		o.ready, o.intruded = ready, false // to undo what a former leader wrote is no decision
	}
	now, active := time.Now(), o.active()
	if len(ready) == 0 && o.spec.FailurePolicy.Action != v1alpha1.ActionPublishNone && anyOf(o.ready, active) {
		s.violate("%s was emptied", name)
	}
	for address := range o.ready {
		tier, wanted := active[address]
		a, since := s.outside.of(address)
		turn := o.interval + o.timeout + time.Second
		if !ready[address] && wanted && a == well && now.Sub(s.outside.askable(since, turn)) > turn &&
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
	o.ready, o.written = ready, now
	s.lockedPatrol(o)
}

// anyOf reports whether somebody had traffic whom the user has not taken out.
func anyOf(ready map[netip.Addr]bool, active map[netip.Addr]int32) bool {
	for address := range ready {
		if _, wanted := active[address]; wanted {
			return true
		}
	}
	return false
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

// lockedPatrol looks whether a dead host is still in that should be out by now, and
// looks again when the next one should. Whoever changes what the answer depends on has
// it look.
func (s *simulation) lockedPatrol(o *simulated) {
	if s.failing > 0 || s.unled || o.anyLossy(s.outside) {
		return // with a lossy host it is a matter of luck who is evidence against whom
	}
	if o.safety != "" {
		s.lockedPatrolOutage(o)
		return
	}
	now, next := time.Now(), time.Time{}
	for address := range o.ready {
		a, since := s.outside.of(address)
		if _, wanted := o.active()[address]; !wanted || !a.dead() {
			continue
		}
		limit := s.lockedLimit(o, since)
		if now.After(limit) {
			s.violate("%s: %s is still published, and has been %s for %s, undisturbed for %s; %s",
				o.key.Name, address, a, now.Sub(since), now.Sub(later(s.disturbed, o.edited)), s.beliefs(o))
		} else if next.IsZero() || limit.Before(next) {
			next = limit
		}
	}
	s.lockedPatrolAt(o, next)
}

// lockedPatrolAt audits the object again just after a moment.
func (s *simulation) lockedPatrolAt(o *simulated, next time.Time) {
	now := time.Now()
	if next = next.Add(1); next.After(now) && (!o.patrolled.After(now) || next.Before(o.patrolled)) {
		o.patrolled = next
		time.AfterFunc(next.Sub(now), func() { s.patrol(o) })
	}
}

// lockedPatrolOutage reports an outage that lasts though a tier has had enough healthy
// hosts for the hold-down.
func (s *simulation) lockedPatrolOutage(o *simulated) {
	if o.safety != v1alpha1.ReasonFailStatic {
		return
	}
	tiers := map[int32][]time.Time{}
	hosts := map[int32]int{}
	for address, tier := range o.active() {
		hosts[tier]++
		if a, since := s.outside.of(address); a == well {
			tiers[tier] = append(tiers[tier], later(since, s.outside.lossyUntil(address)))
		}
	}
	for tier, since := range tiers {
		need := o.spec.FailurePolicy.EffectiveMinHealthy(hosts[tier])
		if len(since) < need {
			continue
		}
		slices.SortFunc(since, time.Time.Compare)
		from := s.outside.askable(later(since[need-1], later(s.disturbed, o.edited)), time.Since(s.began))
		if limit := from.Add(o.holdDown()); time.Now().After(limit) {
			s.violate("%s: %d hosts of tier %d have been well for %s, and it is an outage still; %s", o.key.Name, need, tier, time.Since(from), s.beliefs(o))
		} else {
			s.lockedPatrolAt(o, limit)
		}
	}
}

// holdDown is how long it takes at most until a host that recovers has passed the
// hold-down. One that flaps needs 8 times as many successes to be healthy.
func (o *simulated) holdDown() time.Duration {
	rise := int(o.spec.HealthCheck.HealthyThreshold)
	slowest := max(o.fast, slowestAnswer)
	rising, steady := 8*rise, 3*rise // probes
	return o.interval + time.Duration(rising)*slowest + time.Duration(steady)*o.interval + o.slack()
}

// lockedLimit is when a host that died at since has to be out. Where it is the only
// one that fails, it is to be out in the time that was promised.
func (s *simulation) lockedLimit(o *simulated, since time.Time) time.Time {
	calm := later(s.disturbed, o.edited)
	for address := range o.active() {
		calm = later(calm, s.outside.lossyUntil(address))
	}
	from, bound, ailing := later(since, calm), o.judged(), 0
	for address := range o.active() {
		if a, turned := s.outside.of(address); a != well || from.Sub(turned) < o.judged()+o.slack() {
			ailing++
		}
	}
	if ailing > 1 {
		bound += o.slack()
	}
	// Until it was told so, somebody else had to answer first: then it is asked once more.
	// And the status is written after the slices.
	return later(later(from.Add(bound), o.excused), o.written).Add(100 * time.Millisecond)
}

func (s *simulation) patrol(only ...*simulated) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range only {
		s.lockedPatrol(o)
	}
}

// turn gives hosts an ailment.
func (s *simulation) turn(a ailment, hosts ...netip.Addr) {
	for _, host := range hosts {
		s.outside.turn(host, a)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lockedPatrolAll()
}

func (s *simulation) lockedPatrolAll() {
	for _, name := range s.names {
		s.lockedPatrol(s.objects[name])
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
	carrying := int32(-1)
	for tier := range int32(3) {
		if n := len(tiers[tier]); n > 0 && fine[tier] >= o.spec.FailurePolicy.EffectiveMinHealthy(n) {
			carrying = tier
			break
		}
	}
	if carrying >= 0 && o.safety != "" {
		s.violate("%s at rest: enough of tier %d are well, and it is %s", o.key.Name, carrying, o.safety)
	}
	for address, tier := range o.active() {
		a, _ := s.outside.of(address)
		switch ready := o.ready[address]; {
		case a == well && !ready && (carrying < 0 || tier <= carrying):
			s.violate("%s at rest: %s is well, and not published", o.key.Name, address)
		case a == well && ready && carrying >= 0 && tier > carrying:
			s.violate("%s at rest: %s stands by, and is published", o.key.Name, address)
		case a != well && ready && (carrying >= 0 || o.safety == ""):
			s.violate("%s at rest: %s is %s, and published", o.key.Name, address, a)
		case a != well && ready && o.spec.FailurePolicy.Action == v1alpha1.ActionPublishNone && s.outside.anyWell():
			s.violate("%s at rest: %s is %s, and published", o.key.Name, address, a)
		case a != well && !ready && carrying < 0 && o.spec.FailurePolicy.Action == v1alpha1.ActionPublishAll:
			s.violate("%s at rest: %s is %s, and not published with all", o.key.Name, address, a)
		}
	}
}
