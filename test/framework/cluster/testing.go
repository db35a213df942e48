package cluster

import (
	"context"
	"testing"
)

// logTail is how much of each program's log a failed test shows.
const logTail = 12

// Start starts a cluster for a test and stops it with the test, which is
// skipped on a machine that allows no sandbox. A failed test shows how each
// log ends.
func Start(t testing.TB, options Options) *Cluster {
	t.Helper()
	if denied != nil {
		t.Skip(denied)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	c, err := New(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			c.showLogs(t)
		}
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *Cluster) showLogs(t testing.TB) {
	t.Helper()
	for _, p := range append(c.plane.Processes(), c.others...) {
		t.Logf("%s: log ends with\n%s", p.Name(), p.LogTail(logTail))
	}
}
