package externalservice

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/external-endpoints/operator/controllers/internal/slices"
)

const (
	// mostReverts is how often in revertWindow somebody else's change of our
	// objects is undone. Beyond that it is a fight, and two controllers that
	// fight at full speed harm the API server more than a stale slice does.
	mostReverts  = 5
	revertWindow = time.Minute
)

// reverts counts how often the same content had to be written again.
type reverts struct {
	content [sha256.Size]byte
	settled bool
	at      []time.Time
}

// contentOf identifies what is to be published. When a change was triggered is
// no part of it.
func contentOf(endpoints []slices.Endpoint) [sha256.Size]byte {
	bare := make([]slices.Endpoint, len(endpoints))
	for i, e := range endpoints {
		e.Trigger = time.Time{}
		bare[i] = e
	}
	encoded, err := json.Marshal(bare)
	if err != nil {
		panic(fmt.Sprintf("externalservice: an Endpoint holds only plain data, yet does not encode: %v", err))
	}
	return sha256.Sum256(encoded)
}

// settle notes that the content is what the API server has.
func (r *reverts) settle(content [sha256.Size]byte) { r.content, r.settled = content, true }

// next is asked before a write. When the same content was settled already, the
// write undoes somebody's change; next then says how long to wait first.
func (r *reverts) next(content [sha256.Size]byte, now time.Time) (wait time.Duration) {
	if !r.settled || r.content != content {
		return 0
	}
	for len(r.at) > 0 && now.Sub(r.at[0]) >= revertWindow {
		r.at = r.at[1:]
	}
	if len(r.at) >= mostReverts {
		return r.at[0].Add(revertWindow).Sub(now)
	}
	r.at = append(r.at, now)
	return 0
}
