package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/programs"
	"github.com/external-endpoints/operator/test/framework/role"
	"github.com/external-endpoints/operator/test/framework/sandbox"
)

// requiredVariable has tests fail, not skip, where there can be no sandbox.
const requiredVariable = "EXTERNAL_ENDPOINTS_REQUIRE_SANDBOX"

// denied is why there is no sandbox, once Main knows.
var denied error

// Main is for TestMain: it runs the tests in a sandbox and returns the exit
// code. The programs of a cluster are made ready before, while there is a
// network to build them from; extra names those that only some tests need.
//
// On a machine without namespaces the tests run anyway, and Start skips those
// that need them.
func Main(m *testing.M, extra ...programs.Name) int {
	code, err := enter(m.Run, extra)
	if !errors.Is(err, sandbox.ErrNotAllowed) || os.Getenv(requiredVariable) != "" {
		return explain(code, err)
	}
	denied = err
	fmt.Fprintf(os.Stderr, "\n*** SKIPPED: every test that needs traffic ***\n*** %v ***\n\n", err)
	return m.Run()
}

// Enter is for the main of any other program: it runs it in a sandbox and
// returns the exit code.
func Enter(run func() int, extra ...programs.Name) int {
	return explain(enter(run, extra))
}

func explain(code int, err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func enter(run func() int, extra []programs.Name) (int, error) {
	role.Run(role.Mains{role.Host: host.Serve, role.Load: load.Send})
	if sandbox.Inside() {
		if err := sandbox.Settle(); err != nil {
			return 1, nil // the outer process knows
		}
		return run(), nil
	}
	programs.AddSystemPath()
	ctx := context.Background()
	programs.Install(ctx, os.Stderr, programs.NFT, programs.IPTables)
	wanted := append(append([]programs.Name{}, programs.ControlPlane...), extra...)
	if _, err := programs.Find(ctx, os.Stderr, wanted...); err != nil {
		return 1, err
	}
	return sandbox.Execute()
}
