// Package docs holds the documents to the code: what they must have, and that
// their links lead somewhere.
package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTroubleshootingHasEveryReason: whoever reads a reason in a status finds it,
// and finds none that there is not.
func TestTroubleshootingHasEveryReason(t *testing.T) {
	wanted := append(
		constantsIn(t, "../api/v1alpha1/reasons.go"),
		constantsIn(t, "../probes/reason.go")...)
	slices.Sort(wanted)
	var headings []string
	for _, line := range strings.Split(read(t, "troubleshooting.md"), "\n") {
		if heading, found := strings.CutPrefix(line, "### `"); found {
			headings = append(headings, strings.TrimSuffix(heading, "`"))
		}
	}
	slices.Sort(headings)
	if diff := cmp.Diff(slices.Compact(wanted), headings); diff != "" {
		t.Errorf("reasons in the code and headings in troubleshooting.md (-code +document):\n%s", diff)
	}
}

// constantsIn returns the values of all string constants of a file.
func constantsIn(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, declaration := range file.Decls {
		constants, ok := declaration.(*ast.GenDecl)
		if !ok || constants.Tok != token.CONST {
			continue
		}
		for _, spec := range constants.Specs {
			for _, value := range spec.(*ast.ValueSpec).Values {
				text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatalf("%s: a reason must be a string: %v", path, err)
				}
				values = append(values, text)
			}
		}
	}
	if len(values) == 0 {
		t.Fatalf("%s has no constants", path)
	}
	return values
}

var (
	link    = regexp.MustCompile(`\]\(([^)]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	fence   = regexp.MustCompile("(?s)```.*?```")
)

// TestLinksLeadSomewhere looks at links within the project, and at the heading
// that each names.
func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../README.md", "../CONTRIBUTING.md", "../examples/README.md") {
		text := fence.ReplaceAllString(read(t, page), "")
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if problem := follow(t, page, found[1]); problem != "" {
				t.Errorf("%s: link to %s: %s", page, found[1], problem)
			}
		}
	}
}

// follow returns what is wrong with a link; empty: nothing.
func follow(t *testing.T, page, target string) string {
	t.Helper()
	if strings.Contains(target, "://") {
		return ""
	}
	path, section, _ := strings.Cut(target, "#")
	if path == "" {
		path = page
	} else {
		path = filepath.Join(filepath.Dir(page), path)
	}
	if _, err := os.Stat(path); err != nil {
		return "there is no such file"
	}
	if section != "" && !slices.Contains(sections(read(t, path)), section) {
		return "the page has no such heading"
	}
	return ""
}

// sections are the names by which the parts of a page can be linked.
func sections(text string) []string {
	text = fence.ReplaceAllString(text, "")
	var names []string
	for _, found := range heading.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(strings.ReplaceAll(found[1], " ", "-"))
		names = append(names, regexp.MustCompile(`[^a-z0-9_-]`).ReplaceAllString(name, ""))
	}
	for _, found := range anchor.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	return names
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
