package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCount(t *testing.T) {
	tests := map[string]struct {
		prose        string
		words        int
		idiom, terms []string
	}{
		"plain sentence":                   {"The host is removed.", 4, nil, nil},
		"idiom of any case":                {"Whoever asks is TOLD.", 4, []string{"Whoever", "asks", "TOLD"}, nil},
		"a part of a word is no idiom":     {"Task, darkroom, newsletter, whole.", 4, nil, nil},
		"well is idiom as a noun":          {"A well host.", 3, []string{"well"}, nil},
		"as well is plain":                 {"Written as well; a well-known port.", 6, nil, nil},
		"two words over the end of a line": {"It lets\ngo of probes in\nflight.", 7, []string{"lets go"}, []string{"in flight"}},
		"a term within a longer one":       {"Leader election", 2, nil, []string{"Leader election"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := count(test.prose)
			want := counts{test.words, test.idiom, test.terms}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(counts{})); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProse(t *testing.T) {
	tests := map[string]struct {
		prose   func(string) (string, error)
		content string
		want    string
	}{
		"a document without code and addresses": {
			proseOfMarkdown, "Read [this](who.md), `tell` it.\n\n```sh\nnobody\n```\n<!-- doubt -->\nDone\n", "Read [this , it. Done",
		},
		"comments without directives": {
			proseOfGo,
			"// Package p is one.\npackage p\n\n//go:generate who\n\n// +kubebuilder:who\nvar who = \"who\" // is it\n//nolint:who // nobody\n",
			"Package p is one. is it",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := test.prose(test.content)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(strings.Fields(got), " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRunHoldsTheBounds(t *testing.T) {
	const plain = "A reconcile writes the slice. "
	tests := map[string]struct {
		document, code string
		kinds          []kind
		missed         string
	}{
		"documents within the bounds":     {plain, "// Nobody is told.\npackage p\n", []kind{documents}, ""},
		"a document with idiom":           {plain + "Nobody is told.", "package p\n", []kind{documents}, "documents"},
		"a document without terms":        {"The host is gone.", "package p\n", []kind{documents}, "documents"},
		"comments with idiom, code is on": {plain, "// Nobody is told.\npackage p\n", []kind{documents, comments}, "comments"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, filepath.Join(root, "page.md"), test.document)
			write(t, filepath.Join(root, "p.go"), test.code)
			var out bytes.Buffer
			err := run(&out, root, test.kinds, 5)
			switch {
			case test.missed == "" && err != nil:
				t.Errorf("got %v, want no error\n%s", err, &out)
			case test.missed != "" && (err == nil || !strings.Contains(err.Error(), "missed by "+test.missed)):
				t.Errorf("got %v, want an error about %s\n%s", err, test.missed, &out)
			}
		})
	}
}

func TestRunFailsWhereNothingIsFound(t *testing.T) {
	if err := run(&bytes.Buffer{}, t.TempDir(), []kind{documents}, 5); err == nil {
		t.Error("an empty folder passes")
	}
}

// TestGlossaryUsesTheTerms keeps the list and the glossary together.
func TestGlossaryUsesTheTerms(t *testing.T) {
	content, err := os.ReadFile("../../docs/development/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	prose, err := proseOfMarkdown(string(content))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, term := range terms.FindAllString(prose, -1) {
		found[strings.ToLower(term)] = true
	}
	const least = 35 // of the terms, in any form
	if len(found) < least {
		t.Errorf("the glossary uses %d of the terms, want at least %d", len(found), least)
	}
	if got := count(prose); len(got.idiom) > 0 {
		t.Errorf("the glossary uses idiom: %v", got.idiom)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
