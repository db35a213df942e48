package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
)

var (
	fenced  = regexp.MustCompile("(?s)(^|\\n)```.*?\\n```")
	code    = regexp.MustCompile("`[^`\\n]*`")
	remark  = regexp.MustCompile(`(?s)<!--.*?-->`)
	address = regexp.MustCompile(`\]\([^)]*\)|https?://\S+`)
	// A directive is read by a tool: "//go:build", "+kubebuilder:...", "nolint:...".
	directive = regexp.MustCompile(`^(?://\w+:\S|//\s*\+\w+:|//\s*nolint|//\s*Code generated)`)
)

// proseOfMarkdown returns a document without code, addresses and remarks.
func proseOfMarkdown(content string) (string, error) {
	for _, other := range []*regexp.Regexp{remark, fenced, code, address} {
		content = other.ReplaceAllString(content, " ")
	}
	return content, nil
}

// proseOfGo returns the comments of a Go file without directives.
func proseOfGo(content string) (string, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "", content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return "", fmt.Errorf("parse Go: %w", err)
	}
	var prose strings.Builder
	for _, group := range parsed.Comments {
		for _, c := range group.List {
			if !directive.MatchString(c.Text) {
				prose.WriteString(strings.Trim(c.Text, "/*") + "\n")
			}
		}
	}
	return prose.String(), nil
}
