package epoll

import (
	"context"

	"github.com/external-endpoints/operator/probes"
)

// matching is a match that is made in another goroutine for a running probe.
type matching struct {
	conn    *conn
	cancel  context.CancelFunc
	outcome probes.Outcome
}

// conclude ends a connection whose host has done its part. Where the verdict depends on a match,
// that is made in a goroutine of its own: in this one all other probes would wait. Until
// then the connection stays, with its deadline, and its socket is not looked at.
func (l *loop) conclude(t *conn, outcome probes.Outcome) {
	match := t.reply.Match()
	if match == nil {
		l.end(t, outcome)
		return
	}
	ctx, cancel := context.WithDeadline(context.Background(), t.began.Add(t.Check.Timeout))
	m := &matching{conn: t, cancel: cancel}
	t.matching = m
	go func() {
		m.outcome = match.Run(ctx)
		l.hasMatched(m)
	}()
}

// hasMatched hands the outcome of a match to the loop's goroutine.
func (l *loop) hasMatched(m *matching) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.alive {
		return // its probe has ended, as all have
	}
	l.matched = append(l.matched, m)
	l.lockedWake()
}

// takeMatched ends the probes whose match has been made.
func (l *loop) takeMatched() {
	l.mu.Lock()
	matched := l.matched
	l.matched = nil
	l.mu.Unlock()
	for _, m := range matched {
		if m.conn.matching == m { // else its probe has ended, and the connection may be another's
			l.end(m.conn, m.outcome)
		}
	}
}
