package resolve

import (
	"cmp"
	"time"
)

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
