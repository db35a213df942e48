package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64 // seconds
	// ImportPath is there instead of the package where the compiler speaks.
	ImportPath string
}

// result is what became of a test in all its runs.
type result struct {
	passed, skipped, failed int
	seconds                 float64
}

// tally is what became of everything, by package below the module and name of the test: "test/e2e/failover TestX".
type tally struct {
	sync.Mutex
	results map[string]*result
	// parts are the seconds of the parts of a test that runs.
	parts map[string]float64
	// said is the output of tests that run.
	said map[string][]string
	// broken are batches that failed, and with which error.
	broken map[string]error
	// failure is called with each test that fails, when it does, and with what it said.
	failure func(id string, said []string)
}

func newTally(failure func(id string, said []string)) *tally {
	t := &tally{failure: failure}
	t.forget()
	return t
}

// forget forgets everything so far.
func (t *tally) forget() {
	t.Lock()
	defer t.Unlock()
	t.results, t.parts, t.said, t.broken = map[string]*result{}, map[string]float64{}, map[string][]string{}, map[string]error{}
}

// read adds the events of one go test, until they end.
func (t *tally) read(events io.Reader) error {
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("read %q: %w", lines.Text(), err)
		}
		t.add(e)
	}
	return lines.Err()
}

func (t *tally) add(e event) {
	t.Lock()
	defer t.Unlock()
	id := strings.TrimPrefix(e.Package+e.ImportPath, module)
	if e.Test != "" {
		id += " " + e.Test
	}
	switch e.Action {
	case "output", "build-output":
		t.said[id] = append(t.said[id], e.Output)
	case "fail", "build-fail":
		t.failure(id, t.said[id])
		t.lockedEnd(id, e)
	case "pass", "skip":
		t.lockedEnd(id, e)
	}
}

// lockedEnd takes down how a test ended. One whose parts run at the same time says
// itself that it took no time at all.
func (t *tally) lockedEnd(id string, e event) {
	seconds := max(e.Elapsed, t.parts[id])
	delete(t.said, id)
	delete(t.parts, id)
	if i := strings.LastIndex(id, "/"); i > strings.Index(id, " ") && e.Test != "" {
		t.parts[id[:i]] += seconds
		return
	}
	r := t.results[id]
	if r == nil {
		r = &result{}
		t.results[id] = r
	}
	r.seconds += seconds
	switch e.Action {
	case "pass":
		r.passed++
	case "skip":
		r.skipped++
	default:
		r.failed++
	}
}

// fail takes down that a batch failed.
func (t *tally) fail(batch string, err error) {
	t.Lock()
	defer t.Unlock()
	t.broken[batch] = err
}

// failed are the tests and batches that failed, sorted.
func (t *tally) failed() []string {
	var all []string
	for id, r := range t.results {
		if r.failed > 0 && strings.Contains(id, " ") {
			all = append(all, id)
		}
	}
	for name, err := range t.broken {
		all = append(all, fmt.Sprintf("%s (%v)", name, err))
	}
	slices.Sort(all)
	return all
}
