package chart

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/external-endpoints/operator/test/framework/install"
)

// previousChart is the chart of the commit before, unpacked; not found where there
// is no history, or none with a chart.
func previousChart(t *testing.T) (folder string, found bool) {
	t.Helper()
	root, err := install.Root()
	if err != nil {
		t.Fatal(err)
	}
	// In the sandbox the tree can belong to another user than the one that git sees.
	archive, err := exec.Command("git", "-C", root, "-c", "safe.directory=*", "archive", "HEAD~1", "charts/external-endpoints").Output()
	if err != nil {
		return "", false
	}
	folder = t.TempDir()
	for files := tar.NewReader(bytes.NewReader(archive)); ; {
		file, err := files.Next()
		if errors.Is(err, io.EOF) {
			return filepath.Join(folder, "charts", "external-endpoints"), true
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, filepath.Clean("/"+file.Name))
		switch file.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(path, 0o755)
		case tar.TypeReg:
			var content []byte
			if content, err = io.ReadAll(files); err == nil {
				err = os.WriteFile(path, content, 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
