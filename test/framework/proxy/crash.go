package proxy

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
)

// Moment is when, around a write, the operator dies.
type Moment string

// The moments.
const (
	Before    Moment = "before it is forwarded"
	Committed Moment = "after it is committed"
	Replied   Moment = "after the reply"
)

// Moments are all of them.
var Moments = []Moment{Before, Committed, Replied}

// Crash kills the operator at a write.
type Crash struct {
	fault Fault
	done  chan struct{}
}

// CrashAt kills the operator at the n-th write from now on, counted from one. The
// writes after that one are not forwarded, for they come from a dead man.
func CrashAt(n int, moment Moment, kill func()) *Crash {
	c := &Crash{done: make(chan struct{})}
	var count atomic.Int64
	c.fault = func(call Call, next http.Handler) http.Handler {
		if !Writes(call) {
			return next
		}
		switch at := count.Add(1); {
		case at < int64(n):
			return next
		case at > int64(n):
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(c.done)
			switch moment {
			case Committed:
				commit(next, r)
			case Replied:
				next.ServeHTTP(w, r)
				_ = http.NewResponseController(w).Flush()
			case Before:
			}
			kill()
			if moment != Replied {
				panic(http.ErrAbortHandler)
			}
		})
	}
	return c
}

// Fault is the crash as a fault.
func (c *Crash) Fault() Fault { return c.fault }

// Done is closed when the operator is dead.
func (c *Crash) Done() <-chan struct{} { return c.done }

// commit carries a call out even if its client is gone, and returns the answer.
func commit(next http.Handler, r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r.WithContext(context.WithoutCancel(r.Context())))
	return answer
}
