// Words counts idiom and terms of the field in the documents, and with -code in the
// comments of the code as well. Run it from the root of the repository: it prints the
// figures and the worst files, and fails when a bound is missed. Idiom costs readers
// whose first language is not English the most; a standard term can be searched for.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The bounds, per 10,000 words. Controllers of the same kind measure 10 to 14 and 56 to 100.
const (
	maxIdiom = 20
	minTerms = 50
)

func main() {
	code := flag.Bool("code", false, "hold the comments of non-test Go files to the bounds as well")
	worst := flag.Int("worst", 5, "how many of the worst files to print")
	flag.Parse()
	kinds := []kind{documents}
	if *code {
		kinds = append(kinds, comments)
	}
	if err := run(os.Stdout, ".", kinds, *worst); err != nil {
		fmt.Fprintln(os.Stderr, "words:", err)
		os.Exit(1)
	}
}

// kind is a set of files that is held to the bounds as one.
type kind struct {
	name  string
	holds func(path string) bool
	prose func(content string) (string, error)
}

var (
	documents = kind{"documents", isDocument, proseOfMarkdown}
	comments  = kind{"comments", isCode, proseOfGo}
)

// isDocument leaves out what is generated from comments of the code: those are held there.
func isDocument(path string) bool {
	return strings.HasSuffix(path, ".md") && path != "docs/user/api.md" && path != "charts/external-endpoints/README.md"
}

func isCode(path string) bool {
	return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && !strings.Contains(path, "zz_generated")
}

// run prints the figures of each kind, and returns an error that names the kinds that miss a bound.
func run(out io.Writer, root string, kinds []kind, worst int) error {
	var missed []string
	for _, k := range kinds {
		files, err := measure(root, k)
		if err != nil {
			return err
		}
		total := sum(files)
		if total.words == 0 {
			return fmt.Errorf("%s: no words found; run this from the root of the repository", k.name)
		}
		_, _ = fmt.Fprintf(out, "%s: %d words in %d files; per 10,000 words: idiom %.1f (at most %d), terms of the field %.1f (at least %d)\n",
			k.name, total.words, len(files), total.idiomRate(), maxIdiom, total.termRate(), minTerms)
		slices.SortFunc(files, func(a, b file) int {
			return cmp.Or(-cmp.Compare(len(a.idiom), len(b.idiom)), cmp.Compare(a.path, b.path))
		})
		for _, f := range files[:min(worst, len(files))] {
			if len(f.idiom) > 0 {
				_, _ = fmt.Fprintf(out, "  %s: %d in %d words: %s\n", f.path, len(f.idiom), f.words, strings.Join(tally(f.idiom), ", "))
			}
		}
		if total.idiomRate() > maxIdiom || total.termRate() < minTerms {
			missed = append(missed, k.name)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("bounds missed by %s; plain words are in docs/development/glossary.md", strings.Join(missed, ", "))
	}
	return nil
}

// file is a file with its counts.
type file struct {
	path string
	counts
}

// measure counts the words of all files of a kind below the root.
func measure(root string, k kind) ([]file, error) {
	var files []file
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", "bin", "testdata"}, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return fmt.Errorf("name %s from the root: %w", path, err)
		}
		if !k.holds(filepath.ToSlash(relative)) {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read a file of the %s: %w", k.name, err)
		}
		prose, err := k.prose(string(content))
		if err != nil {
			return fmt.Errorf("%s: %w", relative, err)
		}
		if c := count(prose); c.words > 0 {
			files = append(files, file{relative, c})
		}
		return nil
	})
	return files, err
}
