package waits

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var errNotYet = errors.New("not yet")

func TestUntilReturnsWhenCheckPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := Until(t.Context(), time.Minute, time.Second, func() error {
			if time.Since(start) < 5*time.Second {
				return errNotYet
			}
			return nil
		})
		if took := time.Since(start); err != nil || took != 5*time.Second {
			t.Errorf("%v after %s, want success after 5s", err, took)
		}
	})
}

func TestUntilReturnsLastErrorOnTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := Until(t.Context(), 90*time.Second, time.Minute, func() error { return errNotYet })
		if took := time.Since(start); !errors.Is(err, errNotYet) || took != 90*time.Second {
			t.Errorf("%v after %s, want %v after 90s", err, took, errNotYet)
		}
	})
}

func TestAlwaysChecksDuringWholeWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, last := time.Now(), time.Time{}
		Always(t, time.Second, func() error { last = time.Now(); return nil })
		if took, until := time.Since(start), last.Sub(start); took != time.Second || until < time.Second-pollInterval {
			t.Errorf("took %s, last checked at %s, want both about 1s", took, until)
		}
	})
}

func TestShortOrFullFollowsEnvironment(t *testing.T) {
	for value, want := range map[string]string{"": "short", "1": "full"} {
		t.Setenv(fullVariable, value)
		if got := ShortOrFull("short", "full"); got != want {
			t.Errorf("%s=%q gives %s, want %s", fullVariable, value, got, want)
		}
	}
}
