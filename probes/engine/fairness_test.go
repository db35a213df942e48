package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// tolerated is how much later a host's death may be proven beside a greedy namespace than alone.
const tolerated = 250 * time.Millisecond

const (
	greedyTargets = 1600
	greedyPace    = 100 * time.Millisecond
)

// greedy watches many hosts from another namespace as often as the API allows.
func greedy(object, first, last int) engine.Plan {
	members := hosts(first, last)
	for i := range members {
		members[i].Interval, members[i].FastInterval = greedyPace, greedyPace
	}
	return engine.Plan{
		Key:      engine.Key{Namespace: "greedy", Name: fmt.Sprint(object)},
		Evidence: map[int32]int{0: 1}, Members: members,
	}
}

// everySecond fails every second probe, for as long as any test lasts.
func everySecond() []probestest.Answer {
	var answers []probestest.Answer
	for range 1000 {
		answers = append(answers, refused, probestest.Up())
	}
	return answers
}

// detection returns how long after its death a host of a namespace with two hosts is proven dead.
func detection(t *testing.T, limit func(*engine.Options), load func(*testing.T, *rig)) time.Duration {
	t.Helper()
	var took time.Duration
	inBubbleWith(t, limit, func(t *testing.T, r *rig) {
		load(t, r)
		r.apply(t, plan(slowMember(1), slowMember(2)))
		pass(21 * time.Second)
		died := time.Now()
		r.hosts.Script(host(1), refused)
		for r.verdict(1).State != health.Unhealthy {
			pass(10 * time.Millisecond)
			if took = time.Since(died); took > time.Minute {
				t.Fatal("a dead host is not proven dead within a minute")
			}
		}
	})
	return took
}

// The loads are what one legal namespace can do to the others.
var greedyLoads = []struct {
	name string
	load func(*testing.T, *rig)
}{
	{"healthy hosts", func(t *testing.T, r *rig) { r.apply(t, greedy(1, 101, 100+greedyTargets)) }},
	{"hosts that answer every second time", func(t *testing.T, r *rig) {
		for n := 101; n <= 100+greedyTargets; n++ {
			r.hosts.Script(host(n), everySecond()...)
		}
		r.apply(t, greedy(1, 101, 100+greedyTargets))
	}},
	{"hosts that hang", func(t *testing.T, r *rig) {
		for n := 101; n <= 100+greedyTargets; n++ {
			r.hosts.Script(host(n), hanging)
		}
		r.apply(t, greedy(1, 101, 100+greedyTargets))
	}},
	{"many objects", func(t *testing.T, r *rig) {
		for object := range 40 {
			r.apply(t, greedy(object, 101+40*object, 140+40*object))
		}
	}},
	{"an object that shares the targets of the other namespace", func(t *testing.T, r *rig) {
		r.apply(t, greedy(1, 1, greedyTargets))
	}},
}

func nothingElse(*testing.T, *rig) {}

func TestEngineRateLimitIsSharedFairlyBetweenNamespaces(t *testing.T) {
	limit := func(o *engine.Options) { o.MaxProbesPerSecond = 200 }
	alone := detection(t, limit, nothingElse)
	for _, tt := range greedyLoads {
		t.Run(tt.name, func(t *testing.T) {
			if took := detection(t, limit, tt.load); took > alone+tolerated {
				t.Errorf("a dead host is proven dead after %s, alone after %s", took, alone)
			}
		})
	}
}
