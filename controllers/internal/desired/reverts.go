package desired

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

const (
	// MaxReverts is how often in RevertWindow changes by another writer are reverted. Beyond that
	// the writes back off: two controllers that revert each other at full speed harm the API
	// server more than a stale slice does.
	MaxReverts   = 5
	RevertWindow = time.Minute
)

// Reverts counts how often the same content had to be written again.
type Reverts struct {
	content [sha256.Size]byte
	settled bool
	at      []time.Time
}

// Fingerprint identifies what a generation of the spec has published. When a change
// was triggered is no part of it.
func Fingerprint(generation int64, endpoints []endpointslice.Endpoint, hints endpointslice.Hints) [sha256.Size]byte {
	bare := make([]endpointslice.Endpoint, len(endpoints))
	for i, e := range endpoints {
		e.Trigger = time.Time{}
		bare[i] = e
	}
	encoded, err := json.Marshal(struct {
		Generation int64
		Endpoints  []endpointslice.Endpoint
		Hints      string
	}{generation, bare, hints.String()})
	if err != nil {
		panic(fmt.Sprintf("externalservice: an Endpoint holds only plain data, yet does not encode: %v", err))
	}
	return sha256.Sum256(encoded)
}

// Delay returns how long a write must wait; zero: it may be made now. A write of content that was
// settled before reverts another writer's change.
func (r *Reverts) Delay(content [sha256.Size]byte, now time.Time) time.Duration {
	if !r.settled || r.content != content {
		return 0
	}
	for len(r.at) > 0 && now.Sub(r.at[0]) >= RevertWindow {
		r.at = r.at[1:]
	}
	if len(r.at) < MaxReverts {
		return 0
	}
	return r.at[0].Add(RevertWindow).Sub(now)
}

// Record notes that the content is what the API server has, and whether that took
// a write.
func (r *Reverts) Record(content [sha256.Size]byte, wrote bool, now time.Time) {
	if wrote && r.settled && r.content == content {
		r.at = append(r.at, now)
	}
	r.content, r.settled = content, true
}
