package externalservice

import (
	"context"
	"net/netip"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
)

// someHost is any host of any object.
func (s *simulation) someHost() netip.Addr {
	o := s.objects[pick(s, s.names...)]
	return netip.MustParseAddr(o.spec.Hosts[s.random.IntN(len(o.spec.Hosts))].Address)
}

// happen has something happen.
func (s *simulation) happen() {
	s.mu.Lock()
	dice := s.random.IntN(100)
	s.faults++
	s.mu.Unlock()
	switch {
	case dice < 45:
		s.fall()
	case dice < 55:
		s.moveRole()
	case dice < 65:
		s.loseSite()
	case dice < 75:
		s.loseNetwork()
	case dice < 85:
		s.replace()
	case dice < 92:
		s.refuseForAWhile()
	default:
		s.drain()
	}
}

// refuseForAWhile has the API server fail for some minutes, with whatever happens in them.
func (s *simulation) refuseForAWhile() {
	s.mu.Lock()
	s.failing++
	spell := s.spell()
	s.mu.Unlock()
	s.tale("the API server fails for %s", spell)
	s.disturb()
	time.AfterFunc(spell, func() {
		s.mu.Lock()
		s.failing--
		s.mu.Unlock()
		s.disturb()
	})
}

// spell is how long something lasts that ends by itself.
func (s *simulation) spell() time.Duration {
	return time.Second + time.Duration(s.random.Int64N(int64(5*time.Minute)))
}

// fall has one host fall ill, or recover. That packets are lost ends by itself: as long
// as some are, an object's hosts are judged by luck.
func (s *simulation) fall() {
	s.mu.Lock()
	host, a := s.someHost(), pick(s, well, well, well, well, well, rejecting, rejecting, hanging, hanging, lossy)
	spell := s.spell()
	s.mu.Unlock()
	s.tale("%s is %s", host, a)
	s.turn(a, host)
	if a != lossy {
		return
	}
	time.AfterFunc(spell, func() {
		if a, _ := s.outside.of(host); a == lossy {
			s.turn(well, host)
		}
	})
}

// loseSite has all hosts of an object die together, or recover.
func (s *simulation) loseSite() {
	s.mu.Lock()
	o, a := s.objects[pick(s, s.names...)], pick(s, well, rejecting, hanging)
	s.mu.Unlock()
	s.tale("all of %s are %s", o.key.Name, a)
	s.turn(a, o.addresses()...)
}

// moveRole has exactly one host of an object answer: its check asks for a role, which
// moves from one host to another. Between the two there may be none.
func (s *simulation) moveRole() {
	s.mu.Lock()
	o := s.objects[pick(s, s.names...)]
	hosts := o.addresses()
	primary, gap := hosts[s.random.IntN(len(hosts))], pick(s, 0, s.spell())
	s.mu.Unlock()
	s.tale("%s loses its primary, and %s is promoted after %s", o.key.Name, primary, gap)
	s.turn(rejecting, hosts...)
	s.pass(gap)
	s.turn(well, primary)
}

// loseNetwork takes the prober's network away for a while. It stays afterwards for
// as long as it takes to ask every host.
func (s *simulation) loseNetwork() {
	s.mu.Lock()
	dark := time.Duration(s.random.Int64N(int64(pick(s, 3*time.Second, 3*time.Minute))))
	s.mu.Unlock()
	s.tale("the network is dead for %s", dark)
	s.outside.darken(true)
	s.disturb()
	s.pass(dark)
	s.outside.darken(false)
	s.disturb()
	s.pass(2*time.Minute + 5*time.Second)
}

// replace has another process lead: the former one crashed, somewhere between two of
// its writes, or sleeps and its last write comes late.
func (s *simulation) replace() {
	s.mu.Lock()
	former, left, delay := s.leader, s.random.IntN(4), time.Duration(s.random.Int64N(int64(4*time.Second)))
	s.unled = true
	asleep, wait := s.random.IntN(2) == 0, time.Duration(s.random.Int64N(int64(20*time.Second)))
	s.mu.Unlock()
	former.mu.Lock()
	if asleep {
		former.delay = delay
	} else {
		former.left = left
	}
	former.mu.Unlock()
	s.tale("the leader sleeps: %t, writes left %d", asleep, left)
	s.disturb()
	s.pass(wait)
	former.crash()
	next := s.lead()
	s.mu.Lock()
	s.unled = false
	s.leader, s.former = next, append(s.former, former)
	s.mu.Unlock()
	s.disturb()
}

// drain has the user drain a host, or take it back.
func (s *simulation) drain() {
	s.mu.Lock()
	o := s.objects[pick(s, s.names...)]
	n := s.random.IntN(len(o.spec.Hosts))
	s.mu.Unlock()
	s.edit(o, n, map[bool]v1alpha1.HostState{true: v1alpha1.HostDrain, false: v1alpha1.HostActive}[hosts.IntentOf(o.spec.Hosts[n]) == v1alpha1.HostActive])
}

func (s *simulation) edit(o *simulated, n int, state v1alpha1.HostState) {
	object := &v1alpha1.ExternalService{}
	if err := s.server.Get(context.Background(), types.NamespacedName(o.key), object); err != nil {
		s.t.Error(err)
		return
	}
	object.Spec.Hosts[n].State = state
	object.Generation++
	s.mu.Lock()
	o.spec, o.edited = *object.Spec.DeepCopy(), time.Now()
	leader := s.leader
	s.mu.Unlock()
	s.tale("%s of %s is to be %s", object.Spec.Hosts[n].Address, o.key.Name, state)
	if err := s.server.Update(context.Background(), object); err != nil {
		s.t.Error(err)
	}
	leader.wake(o.key)
	s.patrol(o)
}
