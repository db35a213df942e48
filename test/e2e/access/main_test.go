// Package access looks at who may and does see what: rights, secrets, metrics, kubectl.
package access

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
