package api_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// acceptSamples: every sample is accepted as it stands, and kustomize lists it.
func acceptSamples(t *testing.T, api *server) {
	files, err := filepath.Glob("../../config/samples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}

	var samples []string
	for _, file := range files {
		if filepath.Base(file) != "kustomization.yaml" {
			samples = append(samples, filepath.Base(file))
		}
	}

	for _, sample := range samples {
		t.Run(sample, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../../config/samples", sample))
			if err != nil {
				t.Fatal(err)
			}
			for _, document := range strings.Split(string(text), "\n---\n") {
				object := parse(t, document)
				object.SetNamespace("default")
				if err := api.dryCreate(t.Context(), object); err != nil {
					t.Errorf("%s %s: %v", object.GetKind(), object.GetName(), err)
				}
			}
		})
	}

	t.Run("kustomization.yaml lists them", func(t *testing.T) {
		text, err := os.ReadFile("../../config/samples/kustomization.yaml")
		if err != nil {
			t.Fatal(err)
		}

		var listed []string
		for _, resource := range child(t, parseValue(t, string(text)), "resources").([]any) {
			listed = append(listed, resource.(string))
		}

		slices.Sort(samples)
		if diff := cmp.Diff(samples, listed); diff != "" {
			t.Errorf("resources (-want +got):\n%s", diff)
		}
	})
}
