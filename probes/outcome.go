package probes

// Result tells what one probe says about its host.
type Result uint8

const (
	// Inconclusive: the probe says nothing about the host, because the prober
	// itself was broken, starved or stopped. It changes no verdict.
	Inconclusive Result = iota
	// Success: the host answered as the check demands, in time.
	Success
	// Failure: the host did not; Outcome.Reason says in which way.
	Failure
)

// String returns the result in the form used as a metric label.
func (r Result) String() string {
	switch r {
	case Success:
		return "success"
	case Failure:
		return "failure"
	default:
		return "error"
	}
}

// Outcome is the answer of one probe.
type Outcome struct {
	Result Result
	// Reason is set on a Failure, and only then.
	Reason Reason
	// Err is set on an Inconclusive outcome, and only then: what is wrong with
	// us. It is meant for the log and holds nothing that a host sent.
	Err error
}

// Succeeded is the outcome of a host that answered well.
func Succeeded() Outcome { return Outcome{Result: Success} }

// Failed is the outcome of a host that did not.
func Failed(reason Reason) Outcome { return Outcome{Result: Failure, Reason: reason} }

// Broken is the outcome of a probe that we could not carry out.
func Broken(err error) Outcome { return Outcome{Result: Inconclusive, Err: err} }
