package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var errNotBuilt = errors.New("exit status 1")

func TestFaultTableNamesExistingTests(t *testing.T) {
	for i := range 28 {
		if !slices.ContainsFunc(faultTable, func(r row) bool { return r.name == strconv.Itoa(i+1) && len(r.tests) > 0 }) {
			t.Errorf("row %d has no test", i+1)
		}
	}
	for _, row := range faultTable {
		for _, test := range row.tests {
			folder, name, _ := strings.Cut(test, " ")
			if !isIn(t, filepath.Join("..", "..", folder), "func "+name+"(t *testing.T)") {
				t.Errorf("row %s: there is no %s in %s", row.name, name, folder)
			}
		}
	}
}

func isIn(t *testing.T, folder, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(content), text)
	})
}

func TestTableReportsMissingTests(t *testing.T) {
	rows := []row{
		{"1", "a fault", []string{"test/a TestX"}},
		{"2", "skipped", []string{"test/a TestX", "test/a TestSkipped"}},
		{"3", "not run", []string{"test/a TestY"}},
		{"4", "nothing", nil},
	}
	table, missing := tableOf(rows, tallyOf(t, passing))
	if want := []string{"2", "3", "4"}; !slices.Equal(missing, want) {
		t.Errorf("missing are rows %q, want %q", missing, want)
	}
	for _, line := range []string{
		"| 1 | a fault | `test/a` `X` | 1 | 7 | passed |",
		"| 2 | skipped | `test/a` `Skipped` | 0 | 0 | **skipped** |",
		"| 3 | not run | `test/a` `Y` | 0 | 0 | **not run** |",
	} {
		if !strings.Contains(table, line+"\n") {
			t.Errorf("no line %s in:\n%s", line, table)
		}
	}
}
