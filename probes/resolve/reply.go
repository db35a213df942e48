package resolve

import "time"

// Reply is what one round of lookups said about one family of a name.
type Reply struct {
	Family Family
	Result Result
	// Records of the family, without duplicates: those that are kept, if the answer lists
	// them, and others up to one more than the name may give. A result other than [Good] has some
	// when a part of the lookups succeeded: some targets of an SRV record did.
	Records []Record
	// Fingerprint stands for the whole answer, of which Records may be a part: equal
	// answers have the same. 0: Records are the whole answer.
	Fingerprint uint64
	// Denied: the name, or one that it leads to, must not be looked up.
	Denied bool
	// Partial: there are more records than these, so a missing one is not absent.
	Partial bool
	// TTL is the shortest of the chain that led to the records, as the server gave
	// it. It matters only when the result is good.
	TTL time.Duration
}

// complete reports whether a record that is not listed is absent.
func (r Reply) complete() bool { return r.Result == Good && !r.Partial }
