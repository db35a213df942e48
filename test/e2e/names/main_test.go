// Package names has hosts that are found by DNS, and addresses that may not be published.
package names

import (
	"os"
	"testing"

	"github.com/external-endpoints/operator/test/framework"
)

func TestMain(m *testing.M) { os.Exit(framework.Main(m)) }

// World is what every package of e2e has, and what these tests do with it.
type World struct{ *framework.World }

func world(t *testing.T) *World {
	t.Helper()
	return &World{framework.New(t)}
}

func idleWorld(t *testing.T) *World {
	t.Helper()
	return &World{framework.NewIdle(t)}
}
