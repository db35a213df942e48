package main

import (
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// policySource is what the chart's admission policy is made from.
const policySource = "config/policy/policy.yaml"

// writePolicy copies the part of the policy that is the same wherever the operator
// is installed; its account and the ranges that its flags deny are the template's.
func writePolicy(root, chart string) error {
	content, err := os.ReadFile(filepath.Join(root, policySource))
	if err != nil {
		return fmt.Errorf("read the admission policy: %w", err)
	}
	var policy struct {
		Spec struct {
			Constraints any              `json:"matchConstraints"`
			Variables   []map[string]any `json:"variables"`
			Validations []map[string]any `json:"validations"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(content, &policy); err != nil {
		return fmt.Errorf("read %s: %w", policySource, err)
	}
	encoded, err := yaml.Marshal(policy.Spec)
	if err != nil {
		return fmt.Errorf("encode the admission policy: %w", err)
	}
	return write(filepath.Join(chart, "files", "admission-policy.yaml"),
		append([]byte("# Made from "+policySource+" by make generate.\n"), encoded...))
}
