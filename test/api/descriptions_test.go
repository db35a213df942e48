package api_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const crdFile = "../../config/crd/external-endpoints.io_externalservices.yaml"

// TestCRDDescribesEveryField wants a sentence at each field of spec and status,
// which is what kubectl explain prints.
func TestCRDDescribesEveryField(t *testing.T) {
	count := 0
	for _, part := range []string{"spec", "status"} {
		count += wantExplained(t, part, schemaOf(t, part))
	}

	if count < 110 {
		t.Errorf("walked %d fields; the walk must have missed most of them", count)
	}
}

func schemaOf(t *testing.T, part string) map[string]any {
	t.Helper()

	versions, _, err := unstructured.NestedSlice(readCRD(t).Object, "spec", "versions")
	if err != nil || len(versions) != 1 {
		t.Fatalf("got %d versions, want 1, error %v", len(versions), err)
	}

	schema, found, err := unstructured.NestedMap(versions[0].(map[string]any), "schema", "openAPIV3Schema", "properties", part)
	if err != nil || !found {
		t.Fatalf("no schema of %s, error %v", part, err)
	}

	return schema
}

func readCRD(t *testing.T) *unstructured.Unstructured {
	t.Helper()

	text, err := os.ReadFile(crdFile)
	if err != nil {
		t.Fatal(err)
	}

	return parse(t, string(text))
}

// wantExplained wants descriptions from here downwards and counts the fields.
func wantExplained(t *testing.T, path string, schema map[string]any) int {
	t.Helper()

	description, _ := schema["description"].(string)
	if description == "" || !isUpstream(path) && !strings.HasSuffix(description, ".") {
		t.Errorf("%s: the description is no sentence: %q", path, description)
	}

	count := 1

	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		count += wantExplained(t, path+"."+name, properties[name].(map[string]any))
	}

	if items, ok := schema["items"].(map[string]any); ok {
		nested, _ := items["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(nested)) {
			count += wantExplained(t, path+"[]."+name, nested[name].(map[string]any))
		}
	}

	return count
}

// isUpstream: the fields of a condition are explained by Kubernetes, without a
// full stop here and there.
func isUpstream(path string) bool { return strings.HasPrefix(path, "status.conditions[].") }
