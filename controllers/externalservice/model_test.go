package externalservice

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/health"
)

var modelLong = flag.Bool("model.long", false, "search larger worlds as well, for some minutes, and tell how far it is")

var (
	alwaysWell  = hostKind{well: true}
	mayFail     = hostKind{}
	wellStandby = hostKind{tier: 1, well: true}
	standby     = hostKind{tier: 1}

	once  = health.Thresholds{Rise: 1, Fall: 1}
	twice = health.Thresholds{Rise: 1, Fall: 2}
	slow  = health.Thresholds{Rise: 2, Fall: 2}
)

// modelWorlds are worlds of every policy. A change that has one of them break a
// promise shows the shortest way to do so.
func modelWorlds(long bool) []modelWorld {
	pairs := [][]hostKind{{alwaysWell, mayFail}, {mayFail, mayFail}, {alwaysWell, standby}, {mayFail, wellStandby}}
	var worlds []modelWorld
	add := func(w modelWorld, hosts ...[]hostKind) {
		for _, kinds := range hosts {
			for _, action := range []v1alpha1.FailureAction{v1alpha1.ActionKeepLast, v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone} {
				w.hosts, w.action = kinds, action
				if w.minHealthy == "" {
					w.minHealthy = "1"
				}
				worlds = append(worlds, w)
			}
		}
	}
	add(modelWorld{limits: twice}, pairs...)
	worlds = append(worlds, modelWorld{limits: once, crashing: true, hosts: pairs[0], minHealthy: "1", action: v1alpha1.ActionKeepLast})
	add(modelWorld{limits: once, meddling: true}, pairs...)
	add(modelWorld{limits: once, overlapping: true}, pairs...)
	add(modelWorld{limits: once, elsewhere: true}, pairs...)
	add(modelWorld{limits: once, minHealthy: "2"}, []hostKind{alwaysWell, mayFail, mayFail})
	roles := [][]hostKind{{mayFail, mayFail}, {mayFail, mayFail, mayFail}}
	add(modelWorld{limits: twice, role: true}, roles[0])
	add(modelWorld{limits: once, role: true, elsewhere: true}, roles[0])
	worlds = append(worlds, modelWorld{limits: once, role: true, crashing: true, hosts: roles[0], minHealthy: "1", action: v1alpha1.ActionKeepLast})
	if !long {
		return worlds
	}
	triples := [][]hostKind{{alwaysWell, mayFail, mayFail}, {mayFail, mayFail, wellStandby}, {alwaysWell, standby, standby}}
	add(modelWorld{limits: twice, elsewhere: true}, pairs...)
	add(modelWorld{limits: once, elsewhere: true}, []hostKind{alwaysWell, alwaysWell, mayFail})
	add(modelWorld{limits: once, crashing: true}, pairs...)
	add(modelWorld{limits: once, minHealthy: "2", elsewhere: true}, triples...)
	add(modelWorld{limits: once, meddling: true}, triples...)
	add(modelWorld{limits: twice, overlapping: true}, pairs...)
	add(modelWorld{limits: slow}, pairs...)
	add(modelWorld{limits: slow, elsewhere: true}, pairs...)
	add(modelWorld{limits: once, elsewhere: true, crashing: true}, pairs...)
	add(modelWorld{limits: twice, crashing: true}, pairs...)
	add(modelWorld{limits: twice, elsewhere: true}, triples...)
	add(modelWorld{limits: once, meddling: true, crashing: true}, pairs[0])
	add(modelWorld{limits: once, role: true}, roles[1])
	add(modelWorld{limits: once, role: true, crashing: true}, roles[0])
	add(modelWorld{limits: slow, role: true}, roles...)
	add(modelWorld{limits: twice, role: true, elsewhere: true, overlapping: true}, roles[0])
	add(modelWorld{limits: twice, role: true, crashing: true}, roles[0])
	return worlds
}

func (w *modelWorld) String() string {
	text := fmt.Sprintf("%s of %s", w.action, w.minHealthy)
	for _, kind := range w.hosts {
		text += fmt.Sprintf(", tier %d", kind.tier)
		if kind.well {
			text += " well"
		}
	}
	text += fmt.Sprintf(", rise %d fall %d", w.limits.Rise, w.limits.Fall)
	for _, is := range []struct {
		so   bool
		name string
	}{{w.role, "role"}, {w.elsewhere, "others"}, {w.overlapping, "overlapping"}, {w.meddling, "meddling"}, {w.crashing, "crashing"}} {
		if is.so {
			text += ", " + is.name
		}
	}
	return text
}

// No state that can be reached by whatever hosts, network, users and crashes do
// breaks a promise, and from each the right hosts come to have the traffic, and stay.
func TestNoReachableStateBreaksAPromise(t *testing.T) {
	states, transitions := 0, 0
	for _, w := range modelWorlds(*modelLong) {
		t.Run(w.String(), func(t *testing.T) {
			m, began := newSearch(w), time.Now()
			if *modelLong {
				m.progress = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
			}
			m.run()
			if m.violation != "" {
				t.Fatal(m.violation)
			}
			t.Logf("%d states, %d transitions, depth %d, at rest within %d rounds: all reachable states visited in %s", len(m.trails), m.transitions, m.depth, m.mostCalm, time.Since(began))
			states, transitions = states+len(m.trails), transitions+m.transitions
		})
	}
	t.Logf("%d states and %d transitions in %d worlds: all reachable states visited", states, transitions, len(modelWorlds(*modelLong)))
}
