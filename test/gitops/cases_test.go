// Package gitops runs what docs/user/gitops gives to Argo CD and Flux, in the interpreters
// that those have.
package gitops

import (
	"os"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// waits are what a tool can wait for, in the order of the cases' columns.
var waits = []string{"Ready", "Programmed"}

// generation is that of every case's spec.
const generation = 2

// testCase is one status and what is to be made of it.
type testCase struct {
	Name               string            `json:"name"`
	ObservedGeneration int64             `json:"observedGeneration"` // generation when it is not said
	Conditions         map[string]string `json:"conditions"`         // "False Pending": status and reason
	Argo               []string          `json:"argo"`
	Message            string            `json:"message"` // of Argo CD's answer; empty: not looked at
	Flux               []string          `json:"flux"`
}

func cases(t *testing.T) []testCase {
	t.Helper()
	var all []testCase
	if err := yaml.UnmarshalStrict([]byte(read(t, "cases.yaml")), &all); err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if len(c.Argo) != len(waits) || len(c.Flux) != len(waits) {
			t.Fatalf("%s: must say what is made of it for each of %v", c.Name, waits)
		}
	}
	return all
}

// object is the ExternalService of a case as the API server would return it.
func (c testCase) object() map[string]any {
	object := map[string]any{
		"apiVersion": "external-endpoints.io/v1alpha1", "kind": "ExternalService",
		"metadata": map[string]any{"name": "orders-db", "generation": int64(generation)},
		"spec":     map[string]any{},
	}
	if c.Conditions == nil {
		return object
	}
	var types []string
	for conditionType := range c.Conditions {
		types = append(types, conditionType)
	}
	slices.Sort(types)
	var conditions []any
	for _, conditionType := range types {
		status, reason, _ := strings.Cut(c.Conditions[conditionType], " ")
		if reason == "" {
			reason = conditionType
		}
		conditions = append(conditions, map[string]any{
			"type": conditionType, "status": status, "reason": reason, "message": "the message of " + conditionType,
		})
	}
	observed := c.ObservedGeneration
	if observed == 0 {
		observed = generation
	}
	object["status"] = map[string]any{"observedGeneration": observed, "conditions": conditions}
	return object
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
