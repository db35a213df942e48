// Package failover measures what a host that fails costs, and bounds it.
package failover

import (
	"os"
	"testing"

	"github.com/external-endpoints/operator/test/e2e"
)

func TestMain(m *testing.M) { os.Exit(e2e.Main(m)) }

// World is what every package of e2e has, and what these tests do with it.
type World struct{ *e2e.World }

func world(t *testing.T) *World {
	t.Helper()
	return &World{e2e.New(t)}
}

func idleWorld(t *testing.T) *World {
	t.Helper()
	return &World{e2e.NewIdle(t)}
}
