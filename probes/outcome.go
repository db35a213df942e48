package probes

// Result classifies an outcome.
type Result uint8

const (
	// Inconclusive: the prober itself failed, lacked CPU or was stopped. It changes no verdict.
	Inconclusive Result = iota
	// Success: the host met the check before the deadline.
	Success
	// Failure: the host did not meet the check, for the reason in Outcome.Reason.
	Failure
)

// String returns the result as a metric label.
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

// Outcome is the result of one probe.
type Outcome struct {
	Result Result
	// Reason is set on a Failure, and only then.
	Reason Reason
	// Err is set on an Inconclusive outcome, and only then: the error of the prober. It is
	// logged, so it holds no bytes that a host sent.
	Err error
}

// Succeeded returns the outcome of a host that met the check.
func Succeeded() Outcome { return Outcome{Result: Success} }

// Failed returns the outcome of a host that did not meet the check.
func Failed(reason Reason) Outcome { return Outcome{Result: Failure, Reason: reason} }

// Broken returns the outcome of a probe that failed in the prober itself.
func Broken(err error) Outcome { return Outcome{Result: Inconclusive, Err: err} }
