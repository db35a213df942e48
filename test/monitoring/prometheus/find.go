// Package prometheus runs a real Prometheus and asks it, for tests.
package prometheus

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// require has tests fail that would be skipped for want of a program.
const require = "EXTERNAL_ENDPOINTS_REQUIRE_PROMETHEUS"

// Find returns the path of prometheus or promtool. Without it the test is skipped,
// and everybody is told what was not proved.
func Find(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	text := fmt.Sprintf("SKIPPED: %s is not proved, for there is no %s here. On Debian: apt-get install prometheus", t.Name(), program)
	if os.Getenv(require) != "" {
		t.Fatal(text)
	}
	fmt.Fprintln(os.Stderr, text)
	t.Skip(text)
	return ""
}
