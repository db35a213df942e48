// Package consistency is the only way to the API server: a [Reader] that never returns
// less than we wrote ourselves, and a [Writer] that carries resourceVersions.
//
// # Implementation considerations
//
// A watch cache lags behind our own writes, by milliseconds as a rule and by half
// a minute on a bad day. A decision taken on such a cache would create a slice
// twice or take a write back. So the writer notes in a [Ledger] what the server
// answered, and the reader asks the server itself while the cache has not caught
// up with that. An entry is dropped by the first read that finds it in the cache;
// from then on every read is served from memory.
//
// The watch may be ahead of us as well: it announces a write of ours before its answer
// is there. Such an announcement wakes nobody until the answer says whose it was.
//
// What a new process finds in the cache may be older than what its predecessor has seen.
// What is newer than the first write of this process cannot be.
//
// A write that fails in a way that says that the cache is wrong, or of which nobody
// knows whether it was done, has the server asked too.
package consistency
