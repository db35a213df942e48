// Apidoc writes docs/user/api.md from the CRD, which has all that the API server
// knows of the kind: descriptions, defaults, bounds and rules. It is run by make
// generate, after the CRD was made.
package main

import (
	"fmt"
	"os"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

const (
	source = "config/crd/external-endpoints.io_externalservices.yaml"
	target = "docs/user/api.md"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "apidoc:", err)
		os.Exit(1)
	}
}

func run() error {
	text, err := os.ReadFile(source)
	if err != nil {
		return fmt.Errorf("read the CRD: %w", err)
	}
	page, err := pageOf(text)
	if err != nil {
		return err
	}
	if err := os.WriteFile(target, []byte(page), 0o644); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// pageOf returns the page about the CRD in a YAML document.
func pageOf(text []byte) (string, error) {
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &crd); err != nil {
		return "", fmt.Errorf("read the CRD: %w", err)
	}
	if len(crd.Spec.Versions) != 1 {
		return "", fmt.Errorf("the CRD has %d versions: apidoc must learn to write several", len(crd.Spec.Versions))
	}
	return write(crd), nil
}
