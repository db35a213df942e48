package probestest_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/probestest"
)

var (
	first  = netip.MustParseAddrPort("192.0.2.1:80")
	second = netip.MustParseAddrPort("192.0.2.2:80")
)

func TestScriptedAnswersInTurn(t *testing.T) {
	prober := probestest.NewScripted(probestest.Up())
	prober.Script(first, probestest.Down(probes.Reset), probestest.Up(), probestest.Down(probes.Timeout))

	var got []probes.Reason
	for range 4 {
		got = append(got, prober.Probe(t.Context(), first).Reason)
	}
	want := []probes.Reason{probes.Reset, "", probes.Timeout, probes.Timeout}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if outcome := prober.Probe(t.Context(), second); outcome.Result != probes.Success {
		t.Errorf("a host without a script answers %v, not the fallback", outcome)
	}
	prober.ScriptAll(probestest.Down(probes.Unreachable))
	if outcome := prober.Probe(t.Context(), first); outcome.Reason != probes.Unreachable {
		t.Errorf("after ScriptAll a host answers %v", outcome)
	}
	if calls, total := prober.Calls(first), prober.TotalCalls(); calls != 5 || total != 6 {
		t.Errorf("counted %d calls of %d, want 5 of 6", calls, total)
	}
}

func TestScriptedTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		prober := probestest.NewScripted(probestest.Answer{Outcome: probes.Succeeded(), After: time.Second})
		begin := time.Now()

		if outcome := prober.Probe(t.Context(), first); outcome.Result != probes.Success {
			t.Errorf("a slow host without a deadline: %v", outcome)
		}
		late, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if outcome := prober.Probe(late, first); outcome.Reason != probes.Timeout {
			t.Errorf("a deadline before the answer: %v", outcome)
		}
		if took := time.Since(begin); took != 1300*time.Millisecond {
			t.Errorf("both took %s, want 1.3s", took)
		}
		want := []time.Time{begin, begin.Add(time.Second)}
		if diff := cmp.Diff(want, prober.Started(first)); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
	})
}

func TestScriptedHangsUntilStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		prober := probestest.NewScripted(probestest.Hanging())
		ctx, cancel := context.WithCancel(t.Context())
		outcomes := make(chan probes.Outcome)
		for range 2 {
			go func() { outcomes <- prober.Probe(ctx, first) }()
		}
		synctest.Wait()
		if running, peak := prober.Running(), prober.Peak(first); running != 2 || peak != 2 {
			t.Errorf("%d running, peak %d, want 2 and 2", running, peak)
		}
		cancel()
		for range 2 {
			if outcome := <-outcomes; outcome.Result != probes.Inconclusive || outcome.Err == nil {
				t.Errorf("a stopped probe ends with %v", outcome)
			}
		}
		if running := prober.Running(); running != 0 {
			t.Errorf("%d still running", running)
		}
	})
}
