package process

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, script string) *Process {
	t.Helper()
	p, err := Start(Spec{Name: "script", Path: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	return p
}

// Waiting for what a dead process should do ends at once, with its last words.
func TestAwaitReportsWhyProcessEnded(t *testing.T) {
	p := start(t, "echo no such flag; exit 3")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := Await(ctx, "the impossible", func(context.Context) error { return errors.New("not yet") }, p)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no such flag") {
		t.Errorf("got %v", err)
	}
}

func TestRestartAppendsToLog(t *testing.T) {
	p := start(t, "echo once; exec sleep 1000")
	spoke := func(times int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := Await(ctx, "a word", func(context.Context) error {
			if strings.Count(p.LogTail(10), "once") < times {
				return errors.New("silence")
			}
			return nil
		}, p); err != nil {
			t.Fatal(err)
		}
	}
	spoke(1)
	if err := p.Restart(); err != nil {
		t.Fatal(err)
	}
	spoke(2)
}

func TestStopEndsPausedProcess(t *testing.T) {
	p := start(t, "exec sleep 1000")
	if err := p.Pause(); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if p.Ended() == nil {
		t.Error("the process runs on")
	}
}
