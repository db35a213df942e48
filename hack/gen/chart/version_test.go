package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// A chart that is not made of a tag keeps the version of Chart.yaml: a version that
// was not given out must not look like one that was.
func TestPackagedChartHasTagVersion(t *testing.T) {
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

// TestConfigHasTheImageOfTheChart: a tag that moves would be another program after a restart.
func TestConfigHasTheImageOfTheChart(t *testing.T) {
	var chart struct {
		AppVersion string `json:"appVersion"`
	}
	var manager struct {
		Images []struct {
			NewTag string `json:"newTag"`
		} `json:"images"`
	}
	for path, into := range map[string]any{filepath.Join(chartFolder, "Chart.yaml"): &chart, projectRoot + "/config/manager/kustomization.yaml": &manager} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(content, into); err != nil {
			t.Fatal(err)
		}
	}
	if len(manager.Images) != 1 || manager.Images[0].NewTag != chart.AppVersion {
		t.Errorf("config/manager has %+v, the chart %s", manager.Images, chart.AppVersion)
	}
}

// TestTheChartClaimsNoOlderKubernetes: ServiceCIDRs, by which the cluster's own ranges are
// denied, are served from 1.33 on.
func TestTheChartClaimsNoOlderKubernetes(t *testing.T) {
	for version, accepted := range map[string]bool{"v1.32.9": false, "v1.33.0": true, "v1.33.2-gke.100": true, "v1.36.3": true} {
		_, problems, err := helm(t, "", "template", releaseName, chartFolder, "--kube-version", version)
		if accepted != (err == nil) || !accepted && !strings.Contains(problems, "kubeVersion") {
			t.Errorf("Kubernetes %s: %v %s", version, err, problems)
		}
	}
}
