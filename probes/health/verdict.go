package health

import (
	"time"

	"github.com/external-endpoints/operator/probes"
)

// State is what is believed of a host.
type State uint8

const (
	// Unknown: the host was never seen and no probe has decided yet.
	Unknown State = iota
	// Healthy: the host answers as its check demands.
	Healthy
	// Unhealthy: the host failed a full threshold of probes, or was taken over as such.
	Unhealthy
)

// String returns the state as statuses and metric labels spell it.
func (s State) String() string {
	switch s {
	case Healthy:
		return "Healthy"
	case Unhealthy:
		return "Unhealthy"
	default:
		return "Unknown"
	}
}

// Thresholds says how many results in a row change a state; both are at least 1.
type Thresholds struct {
	// Rise is how many successes make an unhealthy host healthy.
	Rise int
	// Fall is how many failures make a healthy host unhealthy.
	Fall int
}

// Sample is one conclusive probe. An inconclusive one says nothing about the
// host and must not be made a Sample.
type Sample struct {
	Started, Ended time.Time
	// Failure is the reason of a failure; empty: a success.
	Failure probes.Reason
}

// Run is a row of equal results, all from this process's own probes.
type Run struct {
	Length  int
	Success bool
	// Began is when the first probe of the run started, Seen when its result was known.
	Began, Seen time.Time
}

// Verdict is what is believed of one host for one check, and what the belief
// rests on. It is a value; [Verdict.Next] returns the one after.
type Verdict struct {
	State State
	// Since is when State was reached.
	Since time.Time
	// Reason is why the host is Unhealthy: the failure that decided. It is not
	// touched by later failures, so that a status at rest does not change.
	Reason probes.Reason
	// Trigger is when the first probe of the deciding run gave its result. Zero:
	// the state was taken over and not decided by this process.
	Trigger time.Time
	// Run is the row of results that the latest one belongs to.
	Run Run
	// LastSuccess is when the latest successful probe started; zero: none yet.
	LastSuccess time.Time
}

// TakenOver is the verdict on a host that a predecessor left in state: no probe
// of ours has confirmed it yet.
func TakenOver(state State, since time.Time, reason probes.Reason) Verdict {
	return Verdict{State: state, Since: since, Reason: reason}
}

// Next returns the verdict after one more probe.
func (v Verdict) Next(s Sample, t Thresholds) Verdict {
	success := s.Failure == ""
	if v.Run.Length > 0 && v.Run.Success == success {
		v.Run.Length++
	} else {
		v.Run = Run{Length: 1, Success: success, Began: s.Started, Seen: s.Ended}
	}
	if success {
		v.LastSuccess = s.Started
	}

	switch {
	case success && v.State != Healthy && v.Run.Length >= v.rise(t):
		v.State, v.Reason = Healthy, ""
	case !success && v.State != Unhealthy && v.Run.Length >= t.Fall:
		v.State, v.Reason = Unhealthy, s.Failure
	default:
		return v
	}
	v.Since, v.Trigger = s.Ended, v.Run.Seen
	return v
}

// rise is how many successes the host still owes. A host that was never seen
// owes one: nothing speaks against it, and it carries no traffic meanwhile.
func (v Verdict) rise(t Thresholds) int {
	if v.State == Unknown {
		return 1
	}
	return t.Rise
}

// Unsettled reports whether the latest results contradict the state (or there is
// none yet): the time to look more often.
func (v Verdict) Unsettled() bool {
	if v.Run.Length == 0 {
		return false
	}
	return v.State == Unknown || v.Run.Success != (v.State == Healthy)
}

// Failing reports whether the latest probe failed.
func (v Verdict) Failing() bool { return v.Run.Length > 0 && !v.Run.Success }
