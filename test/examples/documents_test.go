package examples

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

var (
	yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	hereDoc   = regexp.MustCompile(`(?s)<<'EOF'\n(.*?)EOF\n`)
)

// acceptDocuments has the API server judge everything that the documents tell
// people to write: a page with a mistyped field is worse than none.
func acceptDocuments(t *testing.T, c *cluster.Cluster) {
	pages, err := filepath.Glob("../../docs/user/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var objects []string
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range append(yamlBlock.FindAllStringSubmatch(string(text), -1), hereDoc.FindAllStringSubmatch(string(text), -1)...) {
			for _, document := range strings.Split(found[1], "\n---\n") {
				if object := completed(document, len(objects)); object != "" {
					objects = append(objects, fmt.Sprintf("# %s\n%s", filepath.Base(page), object))
				}
			}
		}
	}
	const least = 12 // that the pages have; fewer means that they are not found
	if len(objects) < least {
		t.Fatalf("found %d objects in the documents, want at least %d", len(objects), least)
	}
	if _, err := c.Kubectl("create", "namespace", "shop"); err != nil { // in which the README's object is
		t.Fatal(err)
	}
	for _, object := range objects {
		path := filepath.Join(t.TempDir(), "object.yaml")
		if err := os.WriteFile(path, []byte(object), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Kubectl("create", "--dry-run=server", "--validate=strict", "--filename="+path); err != nil {
			t.Errorf("%v\n%s", err, object)
		}
	}
}

// completed makes an object of what a page shows of one; empty: it shows something
// else.
func completed(document string, number int) string {
	const head = "apiVersion: external-endpoints.io/v1alpha1\nkind: ExternalService\n"
	text := strings.TrimLeft(document, "\n")
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	text = strings.ReplaceAll("\n"+text, "\n"+indent, "\n")[1:]
	switch {
	case strings.HasPrefix(text, "apiVersion: external-endpoints.io/"):
		return text
	case strings.HasPrefix(text, "metadata:"):
		return head + text
	case strings.HasPrefix(text, "healthCheck:"):
		protocol := "TCP"
		if strings.Contains(text, "  udp:") {
			protocol = "UDP"
		}
		return head + fmt.Sprintf("metadata: {name: check-%d}\nspec:\n  ports: [{name: p, port: 80, protocol: %s}]\n  ", number, protocol) +
			strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ") + "\n"
	default:
		return ""
	}
}
