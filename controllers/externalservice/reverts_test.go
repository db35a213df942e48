package externalservice

import (
	"testing"
	"time"

	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

var (
	someContent  = desired.Fingerprint(1, []endpointslice.Endpoint{{Address: address(1), Ready: true}}, endpointslice.Hints{})
	otherContent = desired.Fingerprint(1, []endpointslice.Endpoint{{Address: address(1)}}, endpointslice.Hints{})
)

func TestOurOwnChangesAreNoReverts(t *testing.T) {
	var r desired.Reverts
	for n := range 20 {
		content := someContent
		if n%2 == 0 {
			content = otherContent
		}
		if wait := r.Delay(content, at(n)); wait > 0 {
			t.Fatalf("change %d has to wait for %s", n, wait)
		}
		r.Record(content, true, at(n))
	}
}

func TestAFightIsDamped(t *testing.T) {
	var r desired.Reverts
	r.Record(someContent, true, at(0))
	for n := range desired.MaxReverts {
		if wait := r.Delay(someContent, at(n)); wait > 0 {
			t.Fatalf("revert %d has to wait for %s", n, wait)
		}
		r.Record(someContent, true, at(n))
	}
	if wait := r.Delay(someContent, at(10)); wait != 50*time.Second {
		t.Errorf("the next one waits for %s, want until the first one is a minute old", wait)
	}
	if wait := r.Delay(otherContent, at(11)); wait > 0 {
		t.Errorf("a change of ours has to wait for %s", wait)
	}
	if wait := r.Delay(someContent, at(60)); wait > 0 {
		t.Errorf("after a minute it still waits for %s", wait)
	}
}

func TestOnlyARevertThatSucceededCounts(t *testing.T) {
	var r desired.Reverts
	r.Record(someContent, true, at(0))
	for n := range 100 {
		if wait := r.Delay(someContent, at(0)); wait > 0 {
			t.Fatalf("try %d has to wait for %s", n, wait)
		}
	}
}

func TestAReconcileThatWritesNothingIsNoRevert(t *testing.T) {
	var r desired.Reverts
	for n := range 100 {
		r.Record(someContent, false, at(0))
		if wait := r.Delay(someContent, at(0)); wait > 0 {
			t.Fatalf("reconcile %d has to wait for %s", n, wait)
		}
	}
}

func TestWhatCountsAsTheSameContent(t *testing.T) {
	one := []endpointslice.Endpoint{{Address: address(1), Ready: true, Trigger: at(0)}}
	later := []endpointslice.Endpoint{{Address: address(1), Ready: true, Trigger: at(9)}}
	if desired.Fingerprint(1, one, endpointslice.Hints{}) != desired.Fingerprint(1, later, endpointslice.Hints{}) {
		t.Error("the trigger is part of it")
	}
	if desired.Fingerprint(1, one, endpointslice.Hints{}) == desired.Fingerprint(2, one, endpointslice.Hints{}) {
		t.Error("a new generation of the spec, with another Service perhaps, is a change of ours")
	}
	if desired.Fingerprint(1, one, endpointslice.Hints{}) == desired.Fingerprint(1, one, endpointslice.HintsFor([]string{"a"})) {
		t.Error("other hints, because somebody gave an Existing Service a traffic distribution, are no fight")
	}
	if !one[0].Trigger.Equal(at(0)) {
		t.Error("the argument was changed")
	}
}
