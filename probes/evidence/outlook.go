package evidence

// Thresholds of isolation: above them the prober's own network has failed, and not the hosts.
const (
	isolatedPercent = 90
	suspectPercent  = 50
	isolatedTargets = 3
)

// Outlook counts the targets of a fleet.
//
// Only failures and successes count. A probe that could not be carried out (no route, no file
// descriptor, no CPU time) neither starts an isolation nor ends one. A prober that can carry out
// no probe has no failures either: no verdict changes, and there is nothing to hold.
type Outlook struct {
	// Counted is the number of targets that are not Down.
	Counted int
	// Unreachable is how many of them fail, without a success of any target since. The probe of
	// that success must have started after the failure was seen, as in health.Confirms: a
	// response that was in flight when the network died is no evidence.
	Unreachable int
	// Apart: the Unreachable hosts are of two groups, and one of them does not have all.
	Apart bool
}

// Isolated reports whether the prober is isolated. It stays isolated until a probe succeeds, even
// if a plan reduces the number of targets.
func (o Outlook) Isolated() bool { return o.unreachable(isolatedPercent) }

// Suspicious reports whether a sample of the targets that have not failed must be probed. Their
// results distinguish the outage of a site from that of the prober.
func (o Outlook) Suspicious() bool { return o.unreachable(suspectPercent) }

func (o Outlook) unreachable(percent int) bool {
	return o.Apart && o.Unreachable >= isolatedTargets && 100*o.Unreachable >= percent*o.Counted
}
