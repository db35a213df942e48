package health

// Proven reports whether an Unhealthy verdict rests on a full threshold of this
// process's own failures in a row, the latest probe included. A verdict taken
// over from a predecessor is not proven until our own probes agree.
func (v Verdict) Proven(t Thresholds) bool {
	return v.State == Unhealthy && v.Failing() && v.Run.Length >= t.Fall
}

// Corroborate records that the host has failed once more after other hosts answered.
//
// That others answer is not enough: when a network comes back, the first host that is probed
// succeeds, and the state of the others is unknown. They failed while the prober was isolated.
func (v Verdict) Corroborate() Verdict {
	v.Run.Corroborated = v.Failing()
	return v
}

// Uncorroborate takes back what [Verdict.Corroborate] has noted.
func (v Verdict) Uncorroborate() Verdict {
	v.Run.Corroborated = false
	return v
}

// Confirms reports whether other is fresh evidence that failing is one dead host
// and not a dead network: other is healthy, its latest probe succeeded, and that
// probe started after the first failure of failing's run had been seen.
//
// The order matters. When the network dies, a probe that was already on its way
// back may still succeed; counting it would remove the host that noticed first.
func Confirms(other, failing Verdict) bool {
	return other.State == Healthy && !other.Failing() &&
		failing.Failing() && !other.LastSuccess.Before(failing.Run.Seen)
}
