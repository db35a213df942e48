package docs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	root = ".."
	// forge is the address of a file of this repository, as runbook URLs have it.
	forge = "https://github.com/external-endpoints/operator/blob/main/"
)

var (
	link     = regexp.MustCompile(`\]\(([^()\s]+(?:\([^()\s]*\))?)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	anchor   = regexp.MustCompile(`<a id="([^"]+)">`)
	fence    = regexp.MustCompile("(?s)(^|\n)```.*?\n```")
	markup   = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	title    = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	document = regexp.MustCompile(regexp.QuoteMeta(forge) + `[\w./-]+(?:#[\w-]+)?|\b(?:docs/[\w/-]+|ARCHITECTURE|CONTRIBUTING)\.md\b`)
)

// TestLinksOfDocuments follows every relative link of every document, and the heading
// that it names.
func TestLinksOfDocuments(t *testing.T) {
	const least = 20 // documents; fewer means that the walk does not find them
	pages := filesOfProject(t, ".md")
	if len(pages) < least {
		t.Fatalf("found %d documents, want at least %d", len(pages), least)
	}
	for _, page := range pages {
		for _, found := range link.FindAllStringSubmatch(fence.ReplaceAllString(read(t, page), ""), -1) {
			target, ours := strings.CutPrefix(found[1], forge)
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			from := page
			if ours {
				from = filepath.Join(root, "README.md")
			}
			if err := follow(t, from, target); err != nil {
				t.Errorf("%s: link to %s: %v", page, found[1], err)
			}
		}
	}
}

// TestDocumentsNamedByFiles finds the documents that code, charts and rules name in
// comments, messages and runbook URLs: a document that moves must be renamed there too.
func TestDocumentsNamedByFiles(t *testing.T) {
	named := 0
	for _, path := range filesOfProject(t, ".go", ".yaml", ".yml", ".tpl", ".txt", ".lua", "Makefile") {
		for _, found := range document.FindAllString(read(t, path), -1) {
			named++
			if err := follow(t, filepath.Join(root, "README.md"), strings.TrimPrefix(found, forge)); err != nil {
				t.Errorf("%s: %s: %v", path, found, err)
			}
		}
	}
	const least = 20
	if named < least {
		t.Fatalf("found %d names of documents, want at least %d", named, least)
	}
}

var (
	command = regexp.MustCompile("(?s)```.*?```|`[^`\n]+`")
	source  = regexp.MustCompile(`(?:^|[\s` + "`" + `(=])(?:\./)?((?:api|charts|config|controllers|examples|hack|internal|probes|test|tools)/[\w./-]*)`)
)

// TestPathsNamedByDocuments looks for the files and folders that code spans and commands name.
func TestPathsNamedByDocuments(t *testing.T) {
	named := 0
	for _, page := range filesOfProject(t, ".md") {
		for _, span := range command.FindAllString(read(t, page), -1) {
			for _, found := range source.FindAllStringSubmatch(span, -1) {
				if strings.Contains(found[1], "NAME") {
					continue // a placeholder
				}
				named++
				path := strings.TrimRight(found[1], "./")
				if _, err := os.Stat(filepath.Join(root, path)); err != nil {
					t.Errorf("%s: %s does not exist", page, path)
				}
			}
		}
	}
	const least = 30
	if named < least {
		t.Fatalf("found %d paths, want at least %d", named, least)
	}
}

// filesOfProject returns the files below the root whose names end in one of the suffixes.
func filesOfProject(t *testing.T, suffixes ...string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == ".git" || entry.Name() == "bin" || entry.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		if slices.ContainsFunc(suffixes, func(suffix string) bool { return strings.HasSuffix(path, suffix) }) {
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// follow returns what is wrong with a link that a page has.
func follow(t *testing.T, page, target string) error {
	t.Helper()
	path, section, _ := strings.Cut(target, "#")
	if path == "" {
		path = page
	} else {
		path = filepath.Join(filepath.Dir(page), path)
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("the file does not exist")
	}
	if section != "" && !slices.Contains(sections(read(t, path)), section) {
		return fmt.Errorf("the page has no such heading")
	}
	return nil
}

// sections returns the anchors of a page: those of its headings, as forges derive them,
// and those that it sets itself.
func sections(text string) []string {
	text = fence.ReplaceAllString(text, "")
	var names []string
	times := map[string]int{}
	for _, found := range heading.FindAllStringSubmatch(text, -1) {
		plain := markup.ReplaceAllString(title.ReplaceAllString(found[1], "$1"), "")
		name := strings.ReplaceAll(strings.ToLower(plain), " ", "-")
		if n := times[name]; n > 0 {
			names = append(names, fmt.Sprintf("%s-%d", name, n))
		} else {
			names = append(names, name)
		}
		times[name]++
	}
	for _, found := range anchor.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	return names
}

func TestSectionsOfAPage(t *testing.T) {
	page := "# API `v1`, and more\n## Same\n## Same\n## A [link](x.md) and _more_\n```sh\n# no heading\n```\n<a id=\"own\"></a>\n"
	want := []string{"api-v1-and-more", "same", "same-1", "a-link-and-_more_", "own"}
	if got := sections(page); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
