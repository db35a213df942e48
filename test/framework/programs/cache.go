package programs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// directory is where a module's programs are kept. Its name changes with
// everything that goes into them, so what is there is never stale.
func (m module) directory(ctx context.Context, source string) (string, error) {
	hash := sha256.New()
	for _, file := range []string{"go.mod", "go.sum", "main.go"} {
		content, err := os.ReadFile(filepath.Join(source, file))
		if err != nil {
			return "", fmt.Errorf("reading what goes into %s: %w", m.folder, err)
		}
		hash.Write(content)
	}
	version := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH")
	version.Dir = source
	compiler, err := version.Output()
	if err != nil {
		return "", fmt.Errorf("asking for Go's version, is the go command in PATH? %w", err)
	}
	hash.Write(compiler)
	io.WriteString(hash, m.ldflags)

	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a directory for built programs, set XDG_CACHE_HOME: %w", err)
	}
	key := m.folder + "-" + hex.EncodeToString(hash.Sum(nil))[:16]
	return filepath.Join(cache, "external-endpoints", key), nil
}

// sourceOf finds a nested module from anywhere inside the repository, where
// tests and `go run` are started.
func sourceOf(folder string) (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	for up := here; ; up = filepath.Dir(up) {
		source := filepath.Join(up, "test", "framework", "programs", folder)
		if _, err := os.Stat(filepath.Join(source, "go.mod")); err == nil {
			return source, nil
		} else if !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("finding the repository: %w", err)
		}
		if up == filepath.Dir(up) {
			return "", fmt.Errorf("test/framework/programs/%s is not above %s: run from inside the repository", folder, here)
		}
	}
}
