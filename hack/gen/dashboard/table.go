package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/external-endpoints/operator/hack/gen/metrics"
)

// The marks in the document between which the table is.
const (
	tableBegins = "<!-- Made by make generate. -->\n"
	tableEnds   = "<!-- So far. -->\n"
)

// writeTable replaces the table of metrics in a document.
func writeTable(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the document of metrics: %w", err)
	}
	before, rest, begins := strings.Cut(string(content), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return fmt.Errorf("%s must have the lines %q and %q around the table", path, tableBegins, tableEnds)
	}
	all, err := metrics.Metrics()
	if err != nil {
		return fmt.Errorf("list the metrics: %w", err)
	}
	return write(path, []byte(before+tableBegins+"\n"+metrics.Table(all)+"\n"+tableEnds+after))
}
