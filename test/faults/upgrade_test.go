package faults

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestUpgradeWritesNothing has the operator of the commit before, or of E2E_PREVIOUS, serve
// objects that the present one then takes over. The chart's upgrade is a test of
// test/chart; this one is about what one binary leaves to the next, and builds
// that binary, which takes its time: it belongs to the long forms.
func TestUpgradeWritesNothing(t *testing.T) {
	t.Parallel()
	if !waits.Full() {
		t.Skip("builds another version of the operator: only with E2E_FULL=1")
	}
	previous := previousOperator(t)
	for _, c := range []struct {
		name  string
		hosts int
		down  int // 0: none
	}{{"all well", 3, 0}, {"one host down", 3, 3}, {"three slices", 250, 0}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.start(t, install.Options{Program: previous})
			o, served := w.unchecked(c.hosts), c.hosts
			if c.hosts < 100 {
				o = w.object(t, c.hosts)
			}
			if c.down > 0 {
				w.hostDown(c.down)
				served--
			}
			w.Create(t, o)
			began := time.Now()
			waits.Eventually(t, waits.Timeout, func() error {
				return w.settled(t, hostAddresses(served), began)
			})
			uids, states, since := w.uids(t), len(w.states(t)), len(w.Proxy.Journal(proxy.Writes))
			w.kill(t)

			w.start(t, install.Options{})
			waits.Always(t, watched, func() error { return w.changedNothing(since) })
			if diff := gocmp.Diff(uids, w.uids(t)); diff != "" {
				t.Errorf("slices (-before +after):\n%s", diff)
			}
			if n := len(w.states(t)); n != states {
				t.Errorf("the slices had %d states more", n-states)
			}
			w.audit(t, promise{always: hostAddresses(served)})
		})
	}
}

// uids are the slices by name.
func (w *World) uids(t *testing.T) map[string]string {
	t.Helper()
	uids := map[string]string{}
	for _, s := range w.slices(t, service) {
		uids[s.Name] = string(s.UID)
	}
	return uids
}

// previousOperator builds the operator of another commit.
func previousOperator(t *testing.T) (path string) {
	t.Helper()
	root, err := install.Root()
	if err != nil {
		t.Fatal(err)
	}
	commit, folder := cmp.Or(os.Getenv("E2E_PREVIOUS"), "HEAD~1"), t.TempDir()
	script := `git -c safe.directory='*' archive "$1" | tar -x -C "$2" && cd "$2" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o operator .`
	build := exec.Command("bash", "-euo", "pipefail", "-c", script, "bash", commit, folder)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the operator of %s: %v\n%s", commit, err, out)
	}
	return filepath.Join(folder, "operator")
}
