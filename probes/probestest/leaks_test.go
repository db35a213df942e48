package probestest

import (
	"bytes"
	"testing"
	"time"
)

// forgotten is a goroutine that waits for what never comes.
func forgotten(never <-chan struct{}) { <-never }

func TestAForgottenGoroutineIsFound(t *testing.T) {
	never := make(chan struct{})
	go forgotten(never)
	found := false
	for _, stack := range leftGoroutines(50 * time.Millisecond) {
		found = found || bytes.Contains(stack, []byte("forgotten"))
	}
	if !found {
		t.Error("a goroutine that waits for ever is not among those that are left")
	}
	close(never)
	for _, stack := range leftGoroutines(endsWithin) {
		if bytes.Contains(stack, []byte("forgotten")) {
			t.Error("a goroutine that has ended is among those that are left")
		}
	}
}
