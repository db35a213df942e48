package cluster

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// shared is the API server of all tests of a program.
var shared struct {
	sync.Mutex
	server *APIServer
	err    error // of its start, which is not tried twice
}

// SharedAPIServer is an API server as StartAPIServer starts it, one for all
// tests of the package. The package's TestMain is APIServerMain, which stops
// it.
func SharedAPIServer(t testing.TB) *APIServer {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = newStandalone(nil)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// APIServerMain is for the TestMain of packages with a SharedAPIServer: it
// runs the tests and returns the exit code.
func APIServerMain(m *testing.M) int {
	code := m.Run()
	if shared.server == nil {
		return code
	}
	if err := shared.server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
