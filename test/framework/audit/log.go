package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Log is an audit log, by the path of its file.
type Log string

// Events returns what a query selects, in the order of the answers.
func (l Log) Events(query Query) ([]Event, error) {
	file, err := os.Open(string(l))
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	defer file.Close()
	var events []Event
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return events, nil // a last line without its end is being written
		}
		if err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		var event Event
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		if query.Matches(event) {
			events = append(events, event)
		}
	}
}

// Count returns how often a query's events occurred, by verb and resource:
// "update endpointslices".
func (l Log) Count(query Query) (map[string]int, error) {
	events, err := l.Events(query)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, event := range events {
		count[event.Verb+" "+event.Resource()]++
	}
	return count, nil
}
