// Package consistency is the only way to the API server: a [Reader] that never returns a version
// older than our own writes, and a [Writer] that carries resourceVersions.
//
// # Implementation considerations
//
// The informer cache lags behind our own writes, by milliseconds as a rule and by half a minute
// at worst. A decision on a stale cache would create a slice twice or revert a write. So the
// writer records in a [Tracker] what the API server answered, and the reader reads live while the
// cache is stale. The first read that finds the recorded version in the cache drops the entry;
// from then on every read is served from the cache.
//
// The watch may also be ahead: the event of a write may arrive before the response. Such an
// event is held, and enqueues nothing, until the response shows whose write it was.
//
// A new process may find a cache that is older than what the former leader saw. It cannot be
// older than the first write of this process.
//
// After a conflict, or a write with an unknown outcome, the next read is live too.
package consistency
