package resolve

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

const (
	// goneAfter is how many times in a row a good answer must repeat the one before
	// until what it does not list is gone.
	goneAfter = 3
	// rotatesAfter is how many times in a row a good answer must differ from the one
	// before until the name counts as rotating: a single change is news.
	rotatesAfter = 2
	// ttlRounding is by how much the expiry of one cached answer may seem to move:
	// servers round a TTL to seconds.
	ttlRounding = time.Second
)

// heard is what has been heard of one family of a name.
type heard struct {
	result Result
	// since and failures are when the lookups began to fail, and how often they have
	// since then; zero while they are good.
	since    time.Time
	failures int

	// said is the last good answer, expires when its TTL ends, ttl what that was.
	said    [sha256.Size]byte
	expires time.Time
	ttl     time.Duration
	// same and changes are how many good answers in a row were the same as, or
	// differed from, the one before.
	same, changes int
}

func (h heard) next(r Reply, now time.Time) heard {
	h.result = r.Result
	if r.Result != Good {
		if h.since.IsZero() {
			h.since = now
		}
		h.failures++
		h.same = 0
		return h
	}
	h.since, h.failures, h.ttl = time.Time{}, 0, r.TTL
	if r.Partial {
		h.same = 0
		return h
	}

	said, known, expires := digest(r.Records), !h.expires.IsZero(), now.Add(r.TTL)
	switch {
	case known && said == h.said && expires.Before(h.expires.Add(ttlRounding)):
		// The same answer once more, out of a cache on the way: it does not say that
		// the name still means this. A cached answer of a rotating name would
		// otherwise look like one that has settled.
		return h
	case known && said == h.said:
		h.same++
		h.changes = 0
	case known:
		h.same = 0
		h.changes++
	}
	h.said, h.expires = said, expires
	return h
}

// digest is equal for the same records in any order. It stands in for them because
// an answer can have thousands, of which few are kept.
func digest(records []Record) [sha256.Size]byte {
	sorted := slices.SortedFunc(slices.Values(records), Record.Compare)
	var text []byte
	for _, r := range sorted {
		address := r.Address.As16()
		text = append(text, address[:]...)
		text = binary.BigEndian.AppendUint16(text, r.Port)
		text = binary.BigEndian.AppendUint16(text, r.Priority)
	}
	return sha256.Sum256(text)
}
