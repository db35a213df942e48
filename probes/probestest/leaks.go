package probestest

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// endsWithin is how long goroutines that are just ending get.
const endsWithin = 5 * time.Second

// Main is a package's TestMain: it fails when the tests have passed and one of our
// goroutines is left. What is forgotten once in a test is forgotten at each probe, or
// at each change of a spec, in an operator that runs for a year.
func Main(m *testing.M) {
	code := m.Run()
	if left := leftGoroutines(endsWithin); len(left) > 0 && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines left behind:\n%s\n", bytes.Join(left, []byte("\n\n")))
		code = 1
	}
	os.Exit(code)
}

// leftGoroutines returns the stacks of the goroutines that are in this module's code,
// or were started by it, apart from its own, once the timeout is over.
func leftGoroutines(patience time.Duration) [][]byte {
	deadline := time.After(patience)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		stacks := make([]byte, 4<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		var left [][]byte
		for _, stack := range bytes.Split(stacks, []byte("\n\n"))[1:] {
			if bytes.Contains(stack, []byte("external-endpoints/operator/")) {
				left = append(left, stack)
			}
		}
		if len(left) == 0 {
			return nil
		}
		select {
		case <-deadline:
			return left
		case <-again.C:
		}
	}
}
