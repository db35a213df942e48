package main

import (
	"fmt"
	"strings"
)

// tableOf is the table of the rows, in Markdown, and the names of rows of which a test
// did not run.
func tableOf(rows []row, tally *tally) (table string, missing []string) {
	var text strings.Builder
	text.WriteString("| row | fault | test | runs | seconds | result |\n|---|---|---|---|---|---|\n")
	for _, row := range rows {
		shown := len(row.tests) > 0
		for _, test := range row.tests {
			r := tally.results[test]
			if r == nil {
				r = &result{}
			}
			runs := r.passed + r.failed
			shown = shown && runs > 0
			folder, name, _ := strings.Cut(test, " ")
			fmt.Fprintf(&text, "| %s | %s | `%s` `%s` | %d | %.0f | %s |\n",
				row.name, row.fault, folder, strings.TrimPrefix(name, "Test"), runs, r.seconds, r.word())
		}
		if !shown {
			missing = append(missing, row.name)
		}
	}
	return text.String(), missing
}

// word is how it went.
func (r result) word() string {
	switch {
	case r.failed > 0:
		return fmt.Sprintf("**failed %d times**", r.failed)
	case r.passed > 0:
		return "passed"
	case r.skipped > 0:
		return "**skipped**"
	default:
		return "**not run**"
	}
}
