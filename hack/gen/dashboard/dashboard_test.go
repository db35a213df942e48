package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func made(t *testing.T) dashboard {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dashboard.json")
	if err := writeDashboard(path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPanelsDoNotOverlap(t *testing.T) {
	panels := made(t).Panels
	for i, a := range panels {
		if a.GridPos.W == 0 || a.GridPos.H == 0 || a.GridPos.X+a.GridPos.W > width {
			t.Errorf("%q is at %+v, outside the grid", a.Title, a.GridPos)
		}
		for _, b := range panels[i+1:] {
			apart := a.GridPos.X+a.GridPos.W <= b.GridPos.X || b.GridPos.X+b.GridPos.W <= a.GridPos.X ||
				a.GridPos.Y+a.GridPos.H <= b.GridPos.Y || b.GridPos.Y+b.GridPos.H <= a.GridPos.Y
			if !apart || a.ID == b.ID {
				t.Errorf("%q at %+v and %q at %+v are in each other's way", a.Title, a.GridPos, b.Title, b.GridPos)
			}
		}
	}
}

func TestPanelsUseChosenDataSource(t *testing.T) {
	for _, p := range made(t).Panels {
		if p.Type == "row" {
			continue
		}
		if p.Datasource == nil || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
			t.Errorf("%q has the data source %+v and %d queries", p.Title, p.Datasource, len(p.Targets))
		}
		var ids []string
		for _, q := range p.Targets {
			if slices.Contains(ids, q.RefID) {
				t.Errorf("%q has two queries %s", p.Title, q.RefID)
			}
			ids = append(ids, q.RefID)
		}
	}
}

func TestWriteTableReplacesTableOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.md")
	for _, c := range []struct {
		name, content string
		fails         bool
	}{
		{"a document with an old table", "before\n" + tableBegins + "| old |\n" + tableEnds + "after\n", false},
		{"a document without marks", "before\nafter\n", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := write(path, []byte(c.content)); err != nil {
				t.Fatal(err)
			}
			err := writeTable(path)
			if c.fails {
				if err == nil {
					t.Error("no error")
				}
				return
			}
			got, readErr := os.ReadFile(path)
			if err != nil || readErr != nil {
				t.Fatal(err, readErr)
			}
			text := string(got)
			if !strings.HasPrefix(text, "before\n"+tableBegins) || !strings.HasSuffix(text, tableEnds+"after\n") ||
				strings.Contains(text, "| old |") || !strings.Contains(text, "| `external_endpoints_hosts` | gauge |") {
				t.Errorf("got\n%s", text)
			}
		})
	}
}
