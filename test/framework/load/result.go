package load

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// Result is what became of one request.
type Result struct {
	Start   time.Time     `json:"start"`
	Latency time.Duration `json:"latency"`
	Host    string        `json:"host,omitempty"`  // which host answered
	Error   Failure       `json:"error,omitempty"` // empty: none
	Detail  string        `json:"detail,omitempty"`
}

// Failure is a class of errors.
type Failure string

// The classes.
const (
	Refused     Failure = "refused"
	Reset       Failure = "reset"
	Timeout     Failure = "timeout"
	Unreachable Failure = "unreachable"
	Status      Failure = "status"    // HTTP, other than 200
	Truncated   Failure = "truncated" // the answer ended early
	NoName      Failure = "no name"   // the target's name did not resolve
	Other       Failure = "other"
)

// errStatus is an HTTP answer other than 200.
var errStatus = errors.New("unexpected status")

// classify finds the class of an error.
func classify(err error) Failure {
	var name *net.DNSError
	switch {
	case errors.Is(err, errStatus):
		return Status
	case errors.As(err, &name):
		return NoName
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return Reset
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Unreachable
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return Timeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Truncated
	default:
		return Other
	}
}
