package resolve

import "time"

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
	// denied: the name, or one that it leads to, must not be looked up.
	denied bool
	// since is when the lookups began to fail; zero while they are good, or when the name
	// has no such records. failures is how many in a row were not good.
	since    time.Time
	failures int
	// due is when the family is to be asked again; zero: at once.
	due time.Time

	// said is the fingerprint of the last good answer, expires when its TTL ends, ttl what
	// that was.
	said    uint64
	expires time.Time
	ttl     time.Duration
	// same and changes are how many good answers in a row were the same as, or
	// differed from, the one before.
	same, changes int
}

func (h heard) next(r Reply, now time.Time) heard {
	h.result, h.denied = r.Result, r.Denied
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

	said, known, expires := r.Fingerprint, !h.expires.IsZero(), now.Add(r.TTL)
	if said == 0 {
		said = fingerprintOf(r.Records)
	}
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
