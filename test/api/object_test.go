package api_test

import (
	"regexp"
	"strconv"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// goodObject is the object that the cases change in one place each.
const goodObject = `
apiVersion: external-endpoints.io/v1alpha1
kind: ExternalService
metadata: {name: orders-db, namespace: default}
spec:
  service: {name: orders}
  ports:
  - {name: pg, port: 5432}
  - {name: stats, port: 9187, targetPort: 19187}
  hosts:
  - {address: 203.0.113.10}
  - {address: "2001:db8::10"}
  healthCheck: {interval: 5s}
`

// good returns goodObject, for the caller to change.
func good(t *testing.T) *unstructured.Unstructured {
	t.Helper()

	return parse(t, goodObject)
}

// parse reads an object, with whole numbers as int64, which is what unstructured
// objects hold.
func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()

	object, ok := parseValue(t, text).(map[string]any)
	if !ok {
		t.Fatalf("no object: %s", text)
	}

	return &unstructured.Unstructured{Object: object}
}

func parseValue(t *testing.T, text string) any {
	t.Helper()

	encoded, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatalf("read %q: %v", text, err)
	}

	var value any
	if err := utiljson.Unmarshal(encoded, &value); err != nil {
		t.Fatalf("read %q: %v", text, err)
	}

	return value
}

// absent as a value takes the field away.
const absent = "(absent)"

var pathSegment = regexp.MustCompile(`[^.\[\]]+`)

// with returns goodObject with the value, written in YAML, at a path such as
// spec.hosts[0].address. Objects on the way are made; lists must be long enough.
func with(t *testing.T, path, value string) *unstructured.Unstructured {
	t.Helper()

	object := good(t)
	set(t, object, path, value)

	return object
}

func set(t *testing.T, object *unstructured.Unstructured, path, value string) {
	t.Helper()

	var at any = object.Object

	segments := pathSegment.FindAllString(path, -1)
	for _, segment := range segments[:len(segments)-1] {
		at = child(t, at, segment)
	}

	last := segments[len(segments)-1]
	fields, ok := at.(map[string]any)
	if !ok {
		t.Fatalf("%s: the last step must lead to a field of an object", path)
	}

	if value == absent {
		delete(fields, last)
	} else {
		fields[last] = parseValue(t, value)
	}
}

func child(t *testing.T, at any, segment string) any {
	t.Helper()

	switch parent := at.(type) {
	case map[string]any:
		if _, found := parent[segment]; !found {
			parent[segment] = map[string]any{}
		}

		return parent[segment]
	case []any:
		index, err := strconv.Atoi(segment)
		if err != nil || index >= len(parent) {
			t.Fatalf("no element %s in a list of %d", segment, len(parent))
		}

		return parent[index]
	default:
		t.Fatalf("cannot step to %s in %T", segment, at)

		return nil
	}
}
