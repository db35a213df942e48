package examples

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExamplesCoverEveryFile: an example that nobody plays is one that nobody knows to
// work.
func TestExamplesCoverEveryFile(t *testing.T) {
	var played []string
	for _, e := range examples() {
		played = append(played, e.file)
		if e.before != "" {
			played = append(played, e.before)
		}
	}
	slices.Sort(played)

	var files []string
	err := fs.WalkDir(os.DirFS("../../examples"), ".", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".yaml") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	if diff := cmp.Diff(files, slices.Compact(played)); diff != "" {
		t.Errorf("files under examples and those that are played (-files +played):\n%s", diff)
	}
}
