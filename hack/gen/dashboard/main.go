// Command dashboard makes what people watch the operator by: the dashboard for
// Grafana, and the table of metrics in docs/user/metrics.md. `make generate` runs it.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := generate("."); err != nil {
		fmt.Fprintln(os.Stderr, "dashboard:", err)
		os.Exit(1)
	}
}

// generate writes the files below the project's folder.
func generate(root string) error {
	return errors.Join(
		writeDashboard(filepath.Join(root, "charts", "external-endpoints", "files", "dashboard.json")),
		writeTable(filepath.Join(root, "docs", "user", "metrics.md")),
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
