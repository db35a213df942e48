package resolve

import (
	"cmp"
	"hash/fnv"
	"time"
)

const (
	// goneAfter is how many times in a row a good answer must repeat the one before
	// until what it does not list is gone.
	goneAfter = 3
	// rotatesAfter is how many times in a row a good answer must differ from the previous one
	// until the name counts as rotating: a single change is a real one.
	rotatesAfter = 2
	// ttlRounding is by how much the expiry of one cached answer may seem to move:
	// servers round a TTL to seconds.
	ttlRounding = time.Second
)

// familyState is the state of one address family of a name.
type familyState struct {
	result Result
	// denied: the name, or one that it leads to, must not be looked up.
	denied bool
	// since is when the lookups began to fail; zero while they are good, or when the name
	// has no such records. failures is how many in a row were not good.
	since    time.Time
	failures int
	// due is when the next lookup of the family is due; zero: at once.
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

func (h familyState) next(r Reply, now time.Time) familyState {
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

const (
	// shortest time between two lookups of a name: no setting makes a hot loop.
	shortest = time.Second
	// slowestRetry and quickestRetry bound how late a name is followed again when its
	// servers answer again: after its last TTL, within these two.
	slowestRetry  = 30 * time.Second
	quickestRetry = 5 * time.Second
	// jitter is the part of a TTL by which a lookup is early, at most, or late where early would
	// be before MinTTL: names that were first looked up together drift apart.
	jitter = 0.1
)

func (q Question) bounds() (least, most time.Duration) {
	least = max(q.MinTTL, shortest)
	return least, max(q.MaxTTL, least)
}

// refresh returns after how long an answer with this TTL is refreshed. The jitter is derived from
// the name, so that a test and a replay have the same.
func (q Question) refresh(ttl time.Duration) time.Duration {
	least, most := q.bounds()
	wait := min(max(ttl, least), most)
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(q.Name))
	apart := time.Duration(float64(wait) * jitter * float64(hash.Sum32()%1024) / 1024)
	if wait-apart < least {
		// Early would be too early for all of them alike: most TTLs are short.
		return min(wait+apart, most)
	}
	return wait - apart
}

// slowestRetry is the longest time between two lookups of a name that fails, whose last
// TTL was this.
func (q Question) slowestRetry(ttl time.Duration) time.Duration {
	_, most := q.bounds()
	return min(max(ttl, quickestRetry), slowestRetry, most)
}

// retry returns the back-off of a name whose lookups failed this many times in a row, at most the
// limit. MinTTL protects servers that answer; after a failure the back-off may be shorter, so that
// the name is stale for less time.
func (q Question) retry(failures int, limit time.Duration) time.Duration {
	wait, _ := q.bounds()
	for ; failures > 1 && wait < limit; failures-- {
		wait *= 2
	}
	return min(wait, limit)
}

// longestTTL is what 31 bits of seconds hold.
const longestTTL = (1<<31 - 1) * time.Second

// lifetime is the TTL of a record. One with the top bit set counts as zero (RFC
// 2181, section 8).
func lifetime(seconds uint32) time.Duration {
	if seconds >= 1<<31 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// compareServices orders by priority first: when there are too many, the most
// preferred stay.
func compareServices(a, b Service) int {
	return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Port, b.Port))
}
