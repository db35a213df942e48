package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// The table of values is between these lines of the README.
const (
	tableBegins = "<!-- values: made by make generate -->\n"
	tableEnds   = "<!-- end of values -->\n"
)

// writeTable puts the table of values into the README, whose other text stays.
func writeTable(path string, values []value) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the README: %w", err)
	}
	before, rest, begins := strings.Cut(string(content), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return fmt.Errorf("%s must have the lines %q and %q", path, tableBegins, tableEnds)
	}
	var table strings.Builder
	table.WriteString("| value | default | what it is |\n|---|---|---|\n")
	if err := rows(&table, values); err != nil {
		return err
	}
	return write(path, []byte(before+tableBegins+table.String()+tableEnds+after))
}

func rows(table *strings.Builder, values []value) error {
	for _, v := range values {
		if v.children != nil {
			if err := rows(table, v.children); err != nil {
				return err
			}
			continue
		}
		var decoded any
		if err := v.node.Decode(&decoded); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		encoded, err := json.Marshal(decoded)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		fmt.Fprintf(table, "| `%s` | `%s` | %s |\n", v.name, encoded, strings.ReplaceAll(v.doc, "|", `\|`))
	}
	return nil
}
