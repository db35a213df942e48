package proxy

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Write is a call that was to change something.
type Write struct {
	Call
	At time.Time // of its arrival at the proxy
	// Code is what the API server answered; 0: it got no request, or did not answer.
	Code int
}

// Committed reports whether the API server carried the request out.
func (w Write) Committed() bool { return w.Code >= 200 && w.Code < 300 }

// journal holds all writes, in the order of their arrival.
type journal struct {
	mu     sync.Mutex
	writes []Write
}

func (j *journal) begin(call Call) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.writes = append(j.writes, Write{Call: call, At: time.Now()})
	return len(j.writes) - 1
}

func (j *journal) answered(i, code int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.writes[i].Code = code
}

// Journal returns the writes so far that match selects.
func (p *Proxy) Journal(match Match) []Write {
	p.journal.mu.Lock()
	defer p.journal.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.journal.writes), func(w Write) bool { return !match(w.Call) })
}

// noted forwards a write and notes what the API server answers.
func (p *Proxy) noted(call Call, next http.Handler) http.Handler {
	if !call.IsWrite() {
		return next
	}
	i := p.journal.begin(call)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&listener{ResponseWriter: w, heard: func(code int) { p.journal.answered(i, code) }}, r)
	})
}

// listener records which status is answered.
type listener struct {
	http.ResponseWriter
	heard func(int)
}

// WriteHeader implements http.ResponseWriter.
func (l *listener) WriteHeader(code int) {
	l.heard(code)
	l.ResponseWriter.WriteHeader(code)
}

// Unwrap lets streams be flushed.
func (l *listener) Unwrap() http.ResponseWriter { return l.ResponseWriter }
