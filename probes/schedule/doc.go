// Package schedule computes due times: a deadline queue ([Queue]), start offsets that spread the load
// ([Spread], [Cadence], [Slot]), a rate limit ([Pacer]) and a fair backlog for throttled probes ([Fair]).
// It is pure: time is passed in.
package schedule
