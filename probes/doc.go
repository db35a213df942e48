// Package probes asks outside hosts whether they are well.
//
// The packages below it each do one thing, and none of them knows Kubernetes:
//
//	address   which addresses may be probed and published at all (pure)
//	health    from results to a verdict: rise and fall (pure)
//	schedule  which target is due when (pure)
//	engine    the one owner of all probing state: takes plans, runs probes, tells what changed
//
// This package holds what they share: a [Check] says how to ask, a [Prober]
// asks one address once, and an [Outcome] is the answer.
//
// # Implementation considerations
//
// A failing host is a result; a broken prober is an error. The difference
// matters more than anything else here: a prober without file descriptors that
// reported failures would take every host of every Service down at once.
//
// An Outcome never carries bytes that a host sent. Reasons are a closed list, so
// that no secret and no attacker's text can reach a log, a status or a label.
package probes
