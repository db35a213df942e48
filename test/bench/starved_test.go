package main

import (
	"os"
	"os/exec"
	"testing"
)

// TestAStarvedProberTakesNobodyDownAndFindsTheDead is the short form of what `make bench`
// does: 10,000 targets, a fifth and a tenth of a core.
func TestAStarvedProberTakesNobodyDownAndFindsTheDead(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: bounding the CPU of a process needs root")
	}
	group, err := newCgroup()
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	group.remove()
	program := t.TempDir() + "/bench"
	if output, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	output, err := exec.Command(program, "-quick", "-only", "starved", "-runs", "1").CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Error(err)
	}
}
