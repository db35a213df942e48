package programs

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ensure returns the directory with a module's programs and builds them when
// they are not there.
func (m module) ensure(ctx context.Context, out io.Writer) (string, error) {
	source, err := sourceOf(m.folder)
	if err != nil {
		return "", err
	}
	directory, err := m.directory(ctx, source)
	if err != nil {
		return "", err
	}
	if m.complete(directory) {
		return directory, nil
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return "", fmt.Errorf("making the cache of built programs, set XDG_CACHE_HOME to a writable place: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(directory, "lock"), func() {
		fmt.Fprintf(out, "%s: another process is building it, waiting\n", m.folder)
	})
	if err != nil {
		return "", err
	}
	defer unlock()
	if m.complete(directory) {
		return directory, nil
	}
	return directory, m.build(ctx, out, source, directory)
}

// complete reports whether all names are there; they come last in a build.
func (m module) complete(directory string) bool {
	for _, name := range m.names {
		if _, err := os.Stat(filepath.Join(directory, string(name))); err != nil {
			return false
		}
	}
	return true
}

// build makes one file and links every name to it. GOFLAGS and GOWORK of the
// user are for the user's modules; CGO would need a C compiler.
func (m module) build(ctx context.Context, out io.Writer, source, directory string) error {
	file := m.folder + ".built"
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly",
		"-ldflags", m.ldflags, "-o", filepath.Join(directory, file), ".")
	command.Dir = source
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	var messages strings.Builder
	command.Stdout, command.Stderr = &messages, &messages

	stop := progress(out, fmt.Sprintf("building %s from Go modules (about %s the first time)", m.folder, m.takes))
	err := command.Run()
	stop()
	if err != nil {
		return fmt.Errorf("building %s in %s: %w\n%s", m.folder, source, err, lastLines(messages.String(), 30))
	}
	for _, name := range m.names {
		link := filepath.Join(directory, string(name))
		os.Remove(link)
		if err := os.Symlink(file, link); err != nil {
			return fmt.Errorf("naming %s: %w", name, err)
		}
	}
	return nil
}

// lastLines keeps the end of a long output, where the reason is.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
