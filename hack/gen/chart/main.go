// Command chart makes what can be made in charts/external-endpoints: the schema and
// the table of values from the commented values, the CRD from config/crd, and the
// admission policies from config/policy. `make generate` runs it.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := generate("."); err != nil {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
}

// generate writes the files below the project's folder.
func generate(root string) error {
	chart := filepath.Join(root, "charts", "external-endpoints")
	values, err := readValues(filepath.Join(chart, "values.yaml"))
	if err != nil {
		return err
	}
	return errors.Join(
		writeSchema(filepath.Join(chart, "values.schema.json"), values),
		writeTable(filepath.Join(chart, "README.md"), values),
		writeCRD(root, chart),
		writePolicies(root, chart),
	)
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of %s: %w", path, err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return fmt.Errorf("write what was generated: %w", err)
	}
	return nil
}
