package cluster

import (
	"fmt"
	"os"
)

// keepVariable names a directory for the clusters' files, logs above all, to
// be looked at afterwards. Without it they vanish with the sandbox.
const keepVariable = "EXTERNAL_ENDPOINTS_KEEP"

// newDirectory makes a directory for one cluster's files below parent. Its
// path is short: sockets in it may have a hundred characters.
func newDirectory(parent string) (string, error) {
	if keep := os.Getenv(keepVariable); keep != "" {
		parent = keep
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fmt.Errorf("making the cluster's directory: %w", err)
	}
	directory, err := os.MkdirTemp(parent, "cluster-")
	if err != nil {
		return "", fmt.Errorf("making the cluster's directory: %w", err)
	}
	return directory, nil
}

// removeDirectory removes a cluster's files unless they are to be kept.
func removeDirectory(path string) error {
	if os.Getenv(keepVariable) != "" {
		return nil
	}
	return os.RemoveAll(path)
}
