package proxy

import (
	"context"
	"net/http"
	"sync"
)

// watching is an open watch.
type watching struct {
	call Call
	end  context.CancelFunc
}

// watched keeps a watch where CutWatches finds it.
func (p *Proxy) watched(call Call, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, end := context.WithCancel(r.Context())
		defer end()
		entry := &watching{call, end}
		p.mu.Lock()
		p.watches[entry] = struct{}{}
		p.mu.Unlock()
		defer func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			delete(p.watches, entry)
		}()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// CutWatches ends the open watches that match selects and returns how many.
func (p *Proxy) CutWatches(match Match) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	cut := 0
	for entry := range p.watches {
		if match(entry.call) {
			entry.end()
			cut++
		}
	}
	return cut
}

// Hold is a gate in the watches of some resource: shut, it lets no event through.
type Hold struct {
	match Match

	mu   sync.Mutex
	open chan struct{} // closed while events pass
}

// NewHold returns an open one. It is to be in force, by its Fault, before the
// watches that it is to hold begin.
func NewHold(match Match) *Hold {
	h := &Hold{match: match, open: make(chan struct{})}
	close(h.open)
	return h
}

// Shut holds events back.
func (h *Hold) Shut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open = make(chan struct{})
}

// Release lets all that were held pass.
func (h *Hold) Release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.open)
}

// Fault is the gate as a fault.
func (h *Hold) Fault() Fault {
	return func(call Call, next http.Handler) http.Handler {
		if call.Verb != "watch" || !h.match(call) {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&held{ResponseWriter: w, hold: h, end: r.Context().Done()}, r)
		})
	}
}

type held struct {
	http.ResponseWriter
	hold *Hold
	end  <-chan struct{}
}

// Write implements http.ResponseWriter.
func (h *held) Write(events []byte) (int, error) {
	h.hold.mu.Lock()
	open := h.hold.open
	h.hold.mu.Unlock()
	select {
	case <-open:
		return h.ResponseWriter.Write(events)
	case <-h.end:
		return 0, http.ErrAbortHandler
	}
}

// Unwrap lets streams be flushed.
func (h *held) Unwrap() http.ResponseWriter { return h.ResponseWriter }
