package host

// Health is a host's health path, HealthPath and the check ports, whose
// faults leave the traffic as it is. Recover of the host undoes them.
type Health struct{ host *Host }

// Health gives access to the faults that only health checks see.
func (h *Host) Health() Health { return Health{h} }

// Status has health checks answered with a status.
func (h Health) Status(code int) error {
	return h.host.order(fault{Kind: kindStatus, Status: code, HealthOnly: true})
}

// Hang accepts health checks and never answers.
func (h Health) Hang() error { return h.host.order(fault{Kind: kindHang, HealthOnly: true}) }

// Reset accepts health checks and resets.
func (h Health) Reset() error { return h.host.order(fault{Kind: kindReset, HealthOnly: true}) }

// OneBytePerSecond answers health checks that slowly.
func (h Health) OneBytePerSecond() error {
	return h.host.order(fault{Kind: kindTrickle, HealthOnly: true})
}

// Recover has health checks answered again.
func (h Health) Recover() error { return h.host.order(fault{HealthOnly: true}) }
