package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestProberStarvedOfCPURemovesDeadHostsOnly is the short form of what `make bench`
// does: 10,000 targets, a fifth and a tenth of a core.
func TestProberStarvedOfCPURemovesDeadHostsOnly(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: bounding the CPU of a process needs root")
	}
	group, err := newCgroup()
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	group.remove()
	programs := t.TempDir()
	for program, source := range map[string]string{"bench": ".", "bench-engine": "./engine"} {
		if output, err := exec.Command("go", "build", "-o", filepath.Join(programs, program), source).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
	}
	output, err := exec.Command(filepath.Join(programs, "bench"), "-quick", "-only", "starved", "-runs", "1").CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Error(err)
	}
}
