package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/external-endpoints/operator/test/framework/load"
)

// bucket is the width of one line of the timeline.
const bucket = 500 * time.Millisecond

// mark is something that happened.
type mark struct {
	at   time.Time
	text string
}

// timeline shows requests per host over time, with what happened beside them.
type timeline struct {
	began   time.Time
	hosts   []string
	results []load.Result
	marks   []mark
}

// print writes a line for each half second:
//
//	 time  host-1  host-2  failed
//	4.0 s      25      25       .
//	4.5 s      31      14       5  host-2 is killed
func (t timeline) print(out io.Writer) {
	fmt.Fprintf(out, "    time")
	for _, host := range t.hosts {
		fmt.Fprintf(out, "  %6s", host)
	}
	fmt.Fprintf(out, "  failed\n")
	for i, line := range t.lines(bucket) {
		fmt.Fprintf(out, "  %4.1f s", (time.Duration(i) * bucket).Seconds())
		for _, host := range t.hosts {
			fmt.Fprintf(out, "  %6s", count(line.byHost[host]))
		}
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("  %6s  %s", count(line.failed), strings.Join(line.marks, "; ")), " "))
	}
}

// line is what happened in one bucket.
type line struct {
	byHost map[string]int
	failed int
	marks  []string
}

// lines are the buckets of a width from the beginning.
func (t timeline) lines(width time.Duration) []line {
	var lines []line
	at := func(when time.Time) *line {
		i := max(int(when.Sub(t.began)/width), 0)
		for len(lines) <= i {
			lines = append(lines, line{byHost: map[string]int{}})
		}
		return &lines[i]
	}
	for _, result := range t.results {
		if result.Error == "" {
			at(result.Start).byHost[result.Host]++
		} else {
			at(result.Start).failed++
		}
	}
	for _, m := range t.marks {
		l := at(m.at)
		l.marks = append(l.marks, m.text)
	}
	return lines
}

func count(n int) string {
	if n == 0 {
		return "."
	}
	return fmt.Sprint(n)
}
