package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// policies are what the chart's admission policies are made from, by the file that is made.
var policies = map[string]string{
	"admission-policy.yaml": "config/policy/policy.yaml",
	"author-policy.yaml":    "config/policy/authors.yaml",
}

// writePolicies copies the part of each policy that is the same wherever the operator is
// installed; its name, the operator's account and the ranges that its flags deny are the template's.
func writePolicies(root, chart string) error {
	errs := make([]error, 0, len(policies))
	for name, source := range policies {
		errs = append(errs, writePolicy(root, source, filepath.Join(chart, "files", name)))
	}
	return errors.Join(errs...)
}

func writePolicy(root, source, path string) error {
	content, err := os.ReadFile(filepath.Join(root, source))
	if err != nil {
		return fmt.Errorf("read the admission policy: %w", err)
	}
	// A binding may follow, which the template makes by itself.
	first, _, _ := bytes.Cut(content, []byte("\n---\n"))
	var policy struct {
		Spec struct {
			Constraints any              `json:"matchConstraints"`
			Variables   []map[string]any `json:"variables"`
			Validations []map[string]any `json:"validations"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(first, &policy); err != nil {
		return fmt.Errorf("read %s: %w", source, err)
	}
	encoded, err := yaml.Marshal(policy.Spec)
	if err != nil {
		return fmt.Errorf("encode %s: %w", source, err)
	}
	return write(path, append([]byte("# Made from "+source+" by make generate.\n"), encoded...))
}
