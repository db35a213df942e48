package probes

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestMatchWaitsOnlyForMatchesOfItsKind(t *testing.T) {
	slow, err := NewPattern("matches", "x{0,126}y")
	if err != nil {
		t.Fatal(err)
	}
	quick, err := NewPattern("matches", "^x+$")
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(strings.Repeat("x", MaxResponse))

	slowMatches <- struct{}{} // another one is running
	defer func() { <-slowMatches }()
	if outcome := NewMatch(quick, body).Run(t.Context()); outcome != Succeeded() {
		t.Errorf("a quick match beside a slow one: %+v", outcome)
	}
	// It would succeed at once, if it had a turn.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if outcome := NewMatch(slow, append([]byte("xy"), body...)).Run(ctx); outcome.Result != Inconclusive || !errors.Is(outcome.Err, ErrLate) {
		t.Errorf("a slow match that has no turn before its deadline: %+v", outcome)
	}
}

func TestPatternQuick(t *testing.T) {
	for text, want := range map[string]bool{"x{0,126}y": false, "^x+$": true, "(up|healthy|green)": true} {
		p, err := NewPattern("matches", text)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.quick(make([]byte, MaxResponse)); got != want {
			t.Errorf("%q with 8 KiB: quick %t, want %t", text, got, want)
		}
	}
}
