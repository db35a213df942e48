package audit

import (
	"slices"
	"strings"
	"time"
)

// Query selects events; what is empty does not select.
type Query struct {
	Username  string
	UserAgent string // the beginning of it
	Since     time.Time
	Until     time.Time
	Verbs     []string
	Resources []string // as Event.Resource
	Namespace string
	Name      string
	Writes    bool     // writes only
	Without   []string // resources not to count, such as "leases"
}

// Matches reports whether an event is selected.
func (q Query) Matches(e Event) bool {
	switch {
	case q.Username != "" && q.Username != e.User.Username,
		!strings.HasPrefix(e.UserAgent, q.UserAgent),
		!q.Since.IsZero() && e.Received.Before(q.Since),
		!q.Until.IsZero() && !e.Received.Before(q.Until),
		len(q.Verbs) > 0 && !slices.Contains(q.Verbs, e.Verb),
		len(q.Resources) > 0 && !slices.Contains(q.Resources, e.Resource()),
		q.Namespace != "" && q.Namespace != e.Object.Namespace,
		q.Name != "" && q.Name != e.Object.Name,
		q.Writes && !e.IsWrite(),
		slices.Contains(q.Without, e.Resource()):
		return false
	}
	return true
}
