package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestValuesWithoutDescriptionAreNamed(t *testing.T) {
	for _, c := range []struct{ name, values, want string }{
		{"no comment", "a:\n  b: 1", "a.b has no comment"},
		{"a list of what", "# A list.\na: []", "a: its comment must say"},
		{"a map of what", "# A map.\na: {}", "a: its comment must say"},
		{"nothing of what type", "# Nothing.\na: null", "a: its comment must say"},
		{"a schema that is none", "# Something.\n# @schema {\na: 1", "a: what follows @schema must be JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "values.yaml")
			if err := os.WriteFile(path, []byte(c.values), 0o600); err != nil {
				t.Fatal(err)
			}
			values, err := readValues(path)
			if err == nil {
				err = writeSchema(filepath.Join(folder, "values.schema.json"), values)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// The schema is closed wherever the chart itself says what there is.
func TestValuesRejectUnknownNames(t *testing.T) {
	values, err := readValues(filepath.Join(chartFolder, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	groups := []string{""}
	for i := range values {
		if values[i].children != nil {
			groups = append(groups, values[i].name)
		}
	}
	for _, group := range groups {
		nonsense := "nonsense: 1"
		if group != "" {
			nonsense = group + ": {nonsense: 1}"
		}
		if _, message, err := template(t, chartFolder, nonsense); err == nil || !strings.Contains(message, "nonsense") {
			t.Errorf("%s: %v %s", nonsense, err, message)
		}
	}
}
