package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// crdSource is what the CRD of the chart is made from.
const crdSource = "config/crd/external-endpoints.io_externalservices.yaml"

// crdAnnotations is where the CRD's annotations begin in what controller-gen writes.
const crdAnnotations = "metadata:\n  annotations:\n"

// writeCRD writes the CRD as a template, because Helm never upgrades a chart's folder crds, and as
// a plain file for users who install CRDs separately.
func writeCRD(root, chart string) error {
	content, err := os.ReadFile(filepath.Join(root, crdSource))
	if err != nil {
		return fmt.Errorf("read the CRD: %w", err)
	}
	before, after, found := strings.Cut(string(content), crdAnnotations)
	if !found || strings.Contains(string(content), "{{") {
		return fmt.Errorf("%s cannot be made a template: it must have annotations and no double braces", crdSource)
	}
	const head = "{{- /* Made by make generate. */ -}}\n{{- if .Values.crds.enabled }}\n"
	const metadata = `metadata:
  labels: {{- include "external-endpoints.labels" . | nindent 4 }}
  annotations:
    {{- if .Values.crds.keep }}
    helm.sh/resource-policy: keep
    {{- end }}
`
	return errors.Join(
		write(filepath.Join(chart, "templates", "crd.yaml"), []byte(head+before+metadata+after+"{{- end }}\n")),
		write(filepath.Join(root, "charts", "crds.yaml"), content),
	)
}
