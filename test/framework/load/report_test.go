package load

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReportCountsResponsesByHostAndTime(t *testing.T) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }
	// Answers arrive in another order than that of the requests.
	report := newReport([]Result{
		{Start: at(2), Error: Timeout},
		{Start: at(0), Host: "a"},
		{Start: at(1), Host: "b"},
		{Start: at(3), Host: "b"},
	})

	if diff := cmp.Diff(map[string]int{"a": 1, "b": 2}, report.ByHost); diff != "" {
		t.Errorf("by host (-want +got):\n%s", diff)
	}
	if last, ok := report.LastAnswer("b"); !ok || !last.Equal(at(3)) {
		t.Errorf("b answered last at %v, %t", last, ok)
	}
	if _, ok := report.LastAnswer("c"); ok {
		t.Error("c answered")
	}
	if got, want := report.String(), "4 sent: a 1, b 2; timeout 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := report.Since(at(1)).Before(at(3)).String(), "2 sent: b 1; timeout 1"; got != want {
		t.Errorf("in between: got %q, want %q", got, want)
	}
}
