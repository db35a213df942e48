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
	// Rise is how many successes make an unhealthy host healthy; one that flaps owes
	// up to 8 times as many.
	Rise int
	// Fall is how many failures make a healthy host unhealthy.
	Fall int
	// Interval is the time between two probes at rest. It says how close together
	// falls are flapping; zero: never.
	Interval time.Duration
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
	// Corroborated, for failures: one came from a probe that started after other hosts had
	// answered, whose probes started after the first failure was seen. The engine sets it; see
	// [Verdict.Corroborate].
	Corroborated bool
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
	// touched by later failures, so that a status at rest does not change; but a host
	// that flaps, and is kept out for it, shows what it would have gone down for last.
	Reason probes.Reason
	// Trigger is when the first probe of the deciding run gave its result. Zero:
	// the state was taken over and not decided by this process.
	Trigger time.Time
	// Run is the row of results that the latest one belongs to.
	Run Run
	// LastSuccess is when the latest successful probe started; zero: none yet.
	LastSuccess time.Time
	// Flaps is how often the host went down of late.
	Flaps Flaps
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
	case success && v.State != Healthy && v.Run.Length >= v.rise(s.Ended, t):
		v.State, v.Reason = Healthy, ""
	case !success && v.State != Unhealthy && v.Run.Length >= t.Fall:
		if v.State == Healthy {
			v.Flaps = v.Flaps.fallen(s.Ended, t)
		}
		v.State, v.Reason = Unhealthy, s.Failure
	case v.fellAgain(s, t):
		v.Reason, v.Flaps.Last = s.Failure, s.Ended
		return v
	default:
		return v
	}
	v.Since, v.Trigger = s.Ended, v.Run.Seen
	return v
}

// rise is how many successes in a row make the host healthy. A new host needs one: there is no
// evidence against it, and it carries no traffic until then.
func (v Verdict) rise(now time.Time, t Thresholds) int {
	if v.State == Unknown {
		return 1
	}
	return t.Rise << v.Flaps.level(now, t)
}

// fellAgain reports whether the host would have gone down now, had flap damping not kept it out.
// That restarts the quiet period, and is the latest reason why it is out.
func (v Verdict) fellAgain(s Sample, t Thresholds) bool {
	return s.Failure != "" && v.State == Unhealthy && v.Flaps.level(s.Ended, t) > 0 &&
		v.Run.Length == t.Fall && v.Run.Seen.After(v.Trigger)
}

// Unsettled reports whether the latest results contradict the state (or there is
// none yet): the time to look more often.
func (v Verdict) Unsettled() bool {
	if v.Run.Length == 0 {
		return false
	}
	return v.State == Unknown || v.Run.Success != (v.State == Healthy)
}

// holdDownTimes is how many times the rise threshold a host must have been healthy before its tier
// becomes active again.
const holdDownTimes = 3

// PastHoldDown reports whether the host has been healthy for the hold-down, so that its tier may
// become active again: it is healthy, and its latest 3 x Rise probes, all by this process,
// succeeded.
func (v Verdict) PastHoldDown(t Thresholds) bool {
	return v.State == Healthy && v.Run.Success && v.Run.Length >= holdDownTimes*t.Rise
}

// Failing reports whether the latest probe failed.
func (v Verdict) Failing() bool { return v.Run.Length > 0 && !v.Run.Success }

// Forgotten is the verdict without the run that it rests on: its results were the
// prober's own fault. What is believed stays, and is not proven any more.
func (v Verdict) Forgotten() Verdict {
	v.Run = Run{}
	return v
}
