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

// lockedPin makes every check of the plan runnable, and holds them while members
// move between targets. The error names those that cannot be run.
func (e *Engine) lockedPin(plan Plan) (map[*probes.Check]probes.CheckKey, error) {
	keys := map[*probes.Check]probes.CheckKey{}
	var failures []error
	for i := range plan.Members {
		check := plan.Members[i].Check
		if _, pinned := keys[check]; pinned {
			continue
		}
		key := check.Key()
		c := e.checks[key]
		if c == nil {
			c = e.compileCheck(check)
			e.checks[key] = c
		}
		c.users++
		keys[check] = key
		failures = append(failures, c.err)
	}
	return keys, errors.Join(failures...)
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
