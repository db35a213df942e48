package resolve

import (
	"hash/fnv"
	"time"
)

const (
	// shortest time between two lookups of a name: no setting makes a hot loop.
	shortest = time.Second
	// slowestRetry and quickestRetry bound how late a name is followed again when its
	// servers answer again: after its last TTL, within these two.
	slowestRetry  = 30 * time.Second
	quickestRetry = 5 * time.Second
	// jitter is the part of a TTL by which a name is asked early, at most, or late where
	// early would be before MinTTL: names that were first asked together drift apart.
	jitter = 0.1
)

func (q Question) bounds() (least, most time.Duration) {
	least = max(q.MinTTL, shortest)
	return least, max(q.MaxTTL, least)
}

// refresh returns after how long an answer with this TTL is asked for again. The
// jitter comes from the name, so that a test and a replay see the same.
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

// retry returns after how long a name is asked again whose lookups failed this
// many times in a row, which is no longer than the limit. MinTTL spares servers that
// answer; those that fail are asked sooner, so that the name is not stale for longer.
func (q Question) retry(failures int, limit time.Duration) time.Duration {
	wait, _ := q.bounds()
	for ; failures > 1 && wait < limit; failures-- {
		wait *= 2
	}
	return min(wait, limit)
}
