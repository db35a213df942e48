package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
)

// compiled is a check with its prober, shared by all targets that use it and reference-counted by key.
type compiled struct {
	key    probes.CheckKey
	check  *probes.Check
	prober probes.Prober
	// err is why the check cannot be compiled; nil: it is.
	err   error
	users int
}

// failingProber replaces a check that cannot be compiled. That is a broken prober and no failing
// host: it changes no verdict.
type failingProber struct{ err error }

// Probe implements [probes.Prober].
func (u failingProber) Probe(context.Context, netip.AddrPort) probes.Outcome {
	return probes.Broken(u.err)
}

// acquire compiles every check of the plan, and keeps a reference to each while members move between
// targets. The error names those that cannot be compiled.
//
// Compiling happens without the lock: to parse a bundle of certificates takes as long as hundreds of
// probes, which would all be late.
func (e *Engine) acquire(plan Plan) (map[*probes.Check]*compiled, error) {
	keys := map[*probes.Check]probes.CheckKey{}
	for i := range plan.Members {
		if check := plan.Members[i].Check; keys[check] == (probes.CheckKey{}) {
			keys[check] = check.Key()
		}
	}
	acquired := e.acquireKnown(keys)
	fresh := map[probes.CheckKey]*compiled{}
	for check, key := range keys {
		if acquired[check] == nil && fresh[key] == nil {
			fresh[key] = e.compileCheck(check, key)
		}
	}
	e.acquireFresh(acquired, keys, fresh)

	var failures []error
	reported := map[*probes.Check]bool{}
	for i := range plan.Members {
		if check := plan.Members[i].Check; !reported[check] {
			reported[check] = true
			failures = append(failures, acquired[check].err)
		}
	}
	return acquired, errors.Join(failures...)
}

// acquireKnown takes a reference to every check that is compiled already.
func (e *Engine) acquireKnown(keys map[*probes.Check]probes.CheckKey) map[*probes.Check]*compiled {
	e.mu.Lock()
	defer e.mu.Unlock()
	acquired := make(map[*probes.Check]*compiled, len(keys))
	for check, key := range keys {
		if c := e.checks[key]; c != nil {
			c.users++
			acquired[check] = c
		}
	}
	return acquired
}

// acquireFresh compiles the checks without a reference. Another plan may have compiled the same
// ones concurrently.
func (e *Engine) acquireFresh(
	acquired map[*probes.Check]*compiled, keys map[*probes.Check]probes.CheckKey, fresh map[probes.CheckKey]*compiled,
) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for check, key := range keys {
		if acquired[check] != nil {
			continue
		}
		if e.checks[key] == nil {
			e.checks[key] = fresh[key]
		}
		e.checks[key].users++
		acquired[check] = e.checks[key]
	}
}

func (e *Engine) compileCheck(check *probes.Check, key probes.CheckKey) *compiled {
	prober, err := e.compile(*check)
	if err != nil {
		err = fmt.Errorf("%s check: %w", check.Kind(), err)
		prober = failingProber{err}
	}
	return &compiled{key: key, check: check, prober: prober, err: err}
}

func (e *Engine) lockedReleaseAll(acquired map[*probes.Check]*compiled) {
	for _, c := range acquired {
		e.lockedRelease(c)
	}
}

// lockedRelease drops one reference to a check; the last one deletes it.
func (e *Engine) lockedRelease(c *compiled) {
	c.users--
	if c.users == 0 {
		delete(e.checks, c.key)
	}
}
