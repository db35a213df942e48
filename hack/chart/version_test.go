package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A chart that is not made of a tag keeps the version of Chart.yaml: a version that
// was not given out must not look like one that was.
func TestAPackagedChartHasTheVersionOfATag(t *testing.T) {
	for _, c := range []struct{ name, version, wantChart, wantApp string }{
		{"a tag", "v1.2.3", "1.2.3", "v1.2.3"},
		{"a tag of a candidate", "v1.2.3-rc.1", "1.2.3-rc.1", "v1.2.3-rc.1"},
		{"a commit after a tag", "v1.2.3-4-g0123abc", "0.1.0", "0.1.0"},
		{"a tag with changes", "v1.2.3-dirty", "0.1.0", "0.1.0"},
		{"a commit before any tag", "0123abc", "0.1.0", "0.1.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			command := exec.CommandContext(t.Context(), "make", "-s", "chart", "VERSION="+c.version, "OUT="+folder)
			command.Dir = projectRoot
			if out, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			chart, problems, err := helm(t, "", "show", "chart", filepath.Join(folder, "external-endpoints-"+c.wantChart+".tgz"))
			if err != nil {
				t.Fatalf("%v: %s", err, problems)
			}
			for _, want := range []string{"\nversion: " + c.wantChart + "\n", "appVersion: " + c.wantApp + "\n"} {
				if !strings.Contains("\n"+chart, want) {
					t.Errorf("it lacks %q:\n%s", want, chart)
				}
			}
		})
	}
}
