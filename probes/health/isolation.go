package health

// What it takes to believe that a prober has lost its network, and not the world its
// hosts.
const (
	isolatedPercent     = 90
	questionablePercent = 50
	isolatedTargets     = 3
)

// Outlook is what a prober sees of everything that was healthy.
//
// Failures and successes count, nothing else: a probe that could not be carried out
// (no route, no descriptor, no time) says nothing about hosts, so it neither begins
// an isolation nor ends one. A prober none of whose probes can be carried out has no
// failures, so no verdict moves and there is nothing to hold back.
type Outlook struct {
	// Healthy is how many targets were healthy before they began to fail, or are, or
	// answer though they owe more successes until they are. Those that are down for long,
	// though the network was there, are not among them.
	Healthy int
	// Unreachable is how many of them fail, and not one probe has succeeded that started
	// after their failure had been seen. The order matters as it does in [Confirms]:
	// an answer that was on its way when the network died is no sign of life.
	Unreachable int
	// Apart: the unreachable ones are from two groups that do not watch the same hosts.
	Apart bool
}

// Isolated reports whether the prober counts as isolated. It does until a probe succeeds, even if
// fewer targets are watched by then.
func (o Outlook) Isolated() bool { return o.unreachable(isolatedPercent) }

// Questionable reports whether the targets that have not failed must be probed at once: their
// answers show early whether the cause is one site or the prober's network.
func (o Outlook) Questionable() bool { return o.unreachable(questionablePercent) }

func (o Outlook) unreachable(percent int) bool {
	return o.Apart && o.Unreachable >= isolatedTargets && 100*o.Unreachable >= percent*o.Healthy
}
