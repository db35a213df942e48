package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
)

// compiled is a check made runnable, shared by all targets that use it. While it is in
// use there is one for each key.
type compiled struct {
	key    probes.CheckKey
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
func (e *Engine) pin(plan Plan) (map[*probes.Check]*compiled, error) {
	keys := map[*probes.Check]probes.CheckKey{}
	for i := range plan.Members {
		if check := plan.Members[i].Check; keys[check] == (probes.CheckKey{}) {
			keys[check] = check.Key()
		}
	}
	pinned := e.pinKnown(keys)
	fresh := map[probes.CheckKey]*compiled{}
	for check, key := range keys {
		if pinned[check] == nil && fresh[key] == nil {
			fresh[key] = e.compileCheck(check, key)
		}
	}
	e.pinFresh(pinned, keys, fresh)

	var failures []error
	told := map[*probes.Check]bool{}
	for i := range plan.Members {
		if check := plan.Members[i].Check; !told[check] {
			told[check] = true
			failures = append(failures, pinned[check].err)
		}
	}
	return pinned, errors.Join(failures...)
}

// pinKnown takes a use of every check that somebody else uses already.
func (e *Engine) pinKnown(keys map[*probes.Check]probes.CheckKey) map[*probes.Check]*compiled {
	e.mu.Lock()
	defer e.mu.Unlock()
	pinned := make(map[*probes.Check]*compiled, len(keys))
	for check, key := range keys {
		if c := e.checks[key]; c != nil {
			c.users++
			pinned[check] = c
		}
	}
	return pinned
}

// pinFresh takes a use of the checks that are not pinned yet. Another plan may have
// brought the same ones meanwhile.
func (e *Engine) pinFresh(
	pinned map[*probes.Check]*compiled, keys map[*probes.Check]probes.CheckKey, fresh map[probes.CheckKey]*compiled,
) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for check, key := range keys {
		if pinned[check] != nil {
			continue
		}
		if e.checks[key] == nil {
			e.checks[key] = fresh[key]
		}
		e.checks[key].users++
		pinned[check] = e.checks[key]
	}
}

func (e *Engine) compileCheck(check *probes.Check, key probes.CheckKey) *compiled {
	prober, err := e.compile(*check)
	if err != nil {
		err = fmt.Errorf("%s check: %w", check.Kind(), err)
		prober = unrunnable{err}
	}
	return &compiled{key: key, check: check, prober: prober, err: err}
}

func (e *Engine) lockedUnpin(pinned map[*probes.Check]*compiled) {
	for _, c := range pinned {
		e.lockedRelease(c)
	}
}

// lockedRelease gives back one use of a check; the last one ends it.
func (e *Engine) lockedRelease(c *compiled) {
	c.users--
	if c.users == 0 {
		delete(e.checks, c.key)
	}
}
