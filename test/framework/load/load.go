package load

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/role"
)

// Load is a client at work.
type Load struct {
	client *process.Process
	input  *os.File // its end ends the client

	mu      sync.Mutex
	results []Result
	read    chan struct{} // closed when there is nothing more to come
}

// Start starts a client in a namespace; log is the file for what it prints
// beside its results.
func Start(spec Spec, in process.Namespace, log string) (*Load, error) {
	argument, err := json.Marshal(spec.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("writing the load's spec: %w", err)
	}
	stdin, input, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe to the load client: %w", err)
	}
	defer stdin.Close()
	output, stdout, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe from the load client: %w", err)
	}
	defer stdout.Close()

	client := role.Spec(role.Load, string(argument))
	client.In, client.Log, client.Stdin, client.Stdout = in, log, stdin, stdout
	l := &Load{input: input, read: make(chan struct{})}
	if l.client, err = process.Start(client); err != nil {
		return nil, err
	}
	go l.collect(output)
	return l, nil
}

func (l *Load) collect(output *os.File) {
	defer close(l.read)
	defer output.Close()
	for lines := json.NewDecoder(output); ; {
		var result Result
		if lines.Decode(&result) != nil {
			return
		}
		l.mu.Lock()
		l.results = append(l.results, result)
		l.mu.Unlock()
	}
}

// Report is about the requests that have been answered or have failed so
// far.
func (l *Load) Report() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	return newReport(l.results)
}

// Await waits until the report satisfies a condition. It fails early when
// the client has ended.
func (l *Load) Await(ctx context.Context, what string, satisfied func(Report) bool) error {
	return process.Await(ctx, what, func(context.Context) error {
		report := l.Report()
		if satisfied(report) {
			return nil
		}
		return fmt.Errorf("not in %s", report)
	}, l.client)
}

// Kill ends the client at once; requests under way are not reported.
func (l *Load) Kill() error { return l.client.Kill() }

// Stop ends the client after the requests in flight and reports on all.
func (l *Load) Stop() Report {
	l.input.Close()
	select {
	case <-l.read:
	case <-time.After(time.Minute): // far over any request's timeout
		l.client.Kill()
	}
	return l.Report()
}
