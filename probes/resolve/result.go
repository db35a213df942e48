package resolve

import "github.com/external-endpoints/operator/probes"

// Result is how a lookup ended. The list is closed: it is the label of a metric.
type Result string

const (
	// Good: at least one record of the kind asked for.
	Good Result = "success"
	// NXDomain: the name does not exist.
	NXDomain Result = "nxdomain"
	// NoData: the name exists and has no record of the kind asked for.
	NoData Result = "nodata"
	// Servfail: the server could not answer (SERVFAIL, or a code that is none of the others).
	Servfail Result = "servfail"
	// Refused: the server would not answer.
	Refused Result = "refused"
	// Timeout: no server answered in time, or none could be reached.
	Timeout Result = "timeout"
	// Truncated: the answer was cut short, by TCP too or because TCP failed.
	Truncated Result = "truncated"
	// Garbage: what came back was no DNS message, or answered another question.
	Garbage Result = "garbage"
	// Loop: the aliases lead in a circle, or on for too long.
	Loop Result = "loop"
	// Denied: the name, or one that it leads to, must not be looked up.
	Denied Result = "denied"
	// Broken: the question could not be sent: no server is known, or no socket to be had.
	Broken Result = "error"
)

var results = []Result{Good, NXDomain, NoData, Servfail, Refused, Timeout, Truncated, Garbage, Loop, Denied, Broken}

// empty reports whether a server that works says that there is nothing.
func (r Result) empty() bool { return r == NXDomain || r == NoData }

// reason is how the result is told to people; "" when it is good.
func (r Result) reason() probes.Reason {
	switch {
	case r == Good:
		return ""
	case r == Denied:
		return probes.AddressDenied
	case r.empty():
		return probes.NameNotFound
	}
	return probes.NameTimeout
}
