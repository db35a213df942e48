package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
)

// compiled is a check made runnable, shared by all targets that use it.
type compiled struct {
	check  *probes.Check
	prober probes.Prober
	// err is why the check cannot be run, if it cannot.
	err   error
	users int
}

// unrunnable stands for a check that cannot be made runnable. That is a broken
// prober and no failing host: it changes no verdict.
type unrunnable struct{ err error }

// Probe implements [probes.Prober].
func (u unrunnable) Probe(context.Context, netip.AddrPort) probes.Outcome {
	return probes.Broken(u.err)
}

// pin makes every check of the plan runnable, and holds them while members move
// between targets. The error names those that cannot be run.
//
// Compiling happens outside the lock: parsing a bundle of certificates takes as long
// as hundreds of probes, and would hold all of them up.
func (e *Engine) pin(plan Plan) (map[*probes.Check]probes.CheckKey, error) {
	keys := map[*probes.Check]probes.CheckKey{}
	for i := range plan.Members {
		if check := plan.Members[i].Check; keys[check] == (probes.CheckKey{}) {
			keys[check] = check.Key()
		}
	}
	unknown := e.pinKnown(keys)
	fresh := map[probes.CheckKey]*compiled{}
	for _, check := range unknown {
		if key := keys[check]; fresh[key] == nil {
			fresh[key] = e.compileCheck(check)
		}
	}
	return keys, e.pinFresh(plan, keys, unknown, fresh)
}

// pinKnown takes a use of every check that somebody else uses already, and returns
// those that nobody does.
func (e *Engine) pinKnown(keys map[*probes.Check]probes.CheckKey) (unknown []*probes.Check) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for check, key := range keys {
		if c := e.checks[key]; c != nil {
			c.users++
		} else {
			unknown = append(unknown, check)
		}
	}
	return unknown
}

// pinFresh takes a use of the checks that were unknown. Another plan may have brought
// the same ones meanwhile.
func (e *Engine) pinFresh(
	plan Plan, keys map[*probes.Check]probes.CheckKey, unknown []*probes.Check, fresh map[probes.CheckKey]*compiled,
) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, check := range unknown {
		key := keys[check]
		if e.checks[key] == nil {
			e.checks[key] = fresh[key]
		}
		e.checks[key].users++
	}
	var failures []error
	told := map[*probes.Check]bool{}
	for i := range plan.Members {
		if check := plan.Members[i].Check; !told[check] {
			told[check] = true
			failures = append(failures, e.checks[keys[check]].err)
		}
	}
	return errors.Join(failures...)
}

func (e *Engine) compileCheck(check *probes.Check) *compiled {
	prober, err := e.compile(*check)
	if err != nil {
		err = fmt.Errorf("%s check: %w", check.Kind(), err)
		prober = unrunnable{err}
	}
	return &compiled{check: check, prober: prober, err: err}
}

func (e *Engine) lockedUnpin(keys map[*probes.Check]probes.CheckKey) {
	for _, key := range keys {
		e.lockedRelease(key)
	}
}

// lockedRelease gives back one use of a check; the last one ends it.
func (e *Engine) lockedRelease(key probes.CheckKey) {
	c := e.checks[key]
	c.users--
	if c.users == 0 {
		delete(e.checks, key)
	}
}
