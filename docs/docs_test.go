// Package docs compares the documents with the code: the reasons that they must
// explain, and the files and headings that they link to.
package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTroubleshootingHasEveryReason compares the reasons of the API and of the probes
// with the headings of the troubleshooting page, in both directions.
func TestTroubleshootingHasEveryReason(t *testing.T) {
	wanted := append(
		constantsIn(t, "../api/v1alpha1/reasons.go"),
		constantsIn(t, "../probes/reason.go")...)
	slices.Sort(wanted)
	var headings []string
	for _, line := range strings.Split(read(t, "user/troubleshooting.md"), "\n") {
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

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
