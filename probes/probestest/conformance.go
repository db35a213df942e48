package probestest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// Case is one sentence about what a prober must conclude.
type Case struct {
	Sentence string
	Server   Server
	// Check is complete but for its Timeout, which follows from Waits.
	Check probes.Check
	// Waits: the point is that the host lets the probe run into its timeout.
	Waits bool
	// Want is why the probe fails; empty: it succeeds.
	Want probes.Reason
}

const (
	// patience is the timeout where an answer should come: it may take long on a
	// machine that is busy.
	patience = 30 * time.Second
	// impatience is the timeout where none will come.
	impatience = 200 * time.Millisecond
	// maxAttempts is how often impatience is doubled when an outcome is not the wanted
	// one: on a busy machine even a connection on loopback may take longer.
	maxAttempts = 5
)

// Conformance holds an implementation to the table of [Cases]. compile makes its
// prober for a check; it returns [errors.ErrUnsupported] for checks that it leaves
// to others.
func Conformance(t *testing.T, compile func(probes.Check) (probes.Prober, error)) {
	for _, test := range Cases(t) {
		t.Run(test.Sentence, func(t *testing.T) {
			t.Parallel()
			test.run(t, compile)
		})
	}
}

// run probes the case's server, where the timeout is the point a few times with
// growing timeouts.
func (c *Case) run(t *testing.T, compile func(probes.Check) (probes.Prober, error)) {
	timeout, attempts := patience, 1
	if c.Waits {
		timeout, attempts = impatience, maxAttempts
	}
	check := c.Check
	check.Timeout = timeout
	if _, err := compile(check); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("left to another implementation")
	}
	target := c.Server(t)
	for range attempts {
		check.Timeout = timeout
		prober, err := compile(check)
		if err != nil {
			t.Fatalf("compile: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		outcome := prober.Probe(ctx, target)
		cancel()
		if outcome == c.outcome() {
			return
		}
		t.Logf("with a timeout of %s the outcome is %+v, want %+v", timeout, outcome, c.outcome())
		timeout *= 2
	}
	t.Error("not once as wanted")
}

// outcome returns the one that is wanted.
func (c *Case) outcome() probes.Outcome {
	if c.Want == "" {
		return probes.Succeeded()
	}
	return probes.Failed(c.Want)
}

// Cases returns the whole table. The certificates in it last as long as the test.
func Cases(t testing.TB) []Case {
	authority := NewAuthority(t)
	return slices.Concat(tcpCases(), httpCases(), httpBodyCases(), httpFramingCases(), httpsCases(authority), tlsCases(authority), mutualCases(authority),
		grpcCases(authority), grpcFrameCases(), udpCases(), noneCases())
}

// noneCases are about the check without a probe.
func noneCases() []Case {
	return []Case{
		{Sentence: "a none check does not look at the host", Server: Closed, Check: probes.Check{None: &probes.None{}}},
	}
}
