package resolve

import "time"

// Reply is what one round of lookups said about one family of a name.
type Reply struct {
	Family Family
	Result Result
	// Records of the family, without duplicates. A result other than [Good] has some
	// when a part of the lookups succeeded: some targets of an SRV record did.
	Records []Record
	// Partial: there are more records than these, so a missing one is not absent.
	Partial bool
	// TTL is the shortest of the chain that led to the records, as the server gave
	// it. It matters only when the result is good.
	TTL time.Duration
}

// complete reports whether a record that is not listed is absent.
func (r Reply) complete() bool { return r.Result == Good && !r.Partial }
