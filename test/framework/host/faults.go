package host

// Faults of the whole host. Each is in force when its method returns, on
// health checks and on traffic alike, and stays until Recover.

// Kill ends the server: connections are refused.
func (h *Host) Kill() error { return h.server.Kill() }

// BlackHole pulls the host's cable: packets vanish.
func (h *Host) BlackHole() error { return h.machine.Unplug() }

// Lose drops a share of the packets that reach the host, 1 to 99 percent.
func (h *Host) Lose(percent int) error { return h.machine.Lose(percent) }

// Pause stops the server's process, while its kernel goes on completing
// handshakes, as on a machine out of memory.
func (h *Host) Pause() error { return h.server.Pause() }

// Status has HTTP ports answer with a status. Others go on as before.
func (h *Host) Status(code int) error { return h.order(fault{Kind: kindStatus, Status: code}) }

// Hang accepts and never answers.
func (h *Host) Hang() error { return h.order(fault{Kind: kindHang}) }

// Reset accepts and resets.
func (h *Host) Reset() error { return h.order(fault{Kind: kindReset}) }

// OneBytePerSecond answers that slowly.
func (h *Host) OneBytePerSecond() error { return h.order(fault{Kind: kindTrickle}) }

// Recover undoes whatever was done to the host.
func (h *Host) Recover() error {
	if err := h.machine.Restore(); err != nil {
		return err
	}
	if err := h.server.Continue(); err != nil {
		return err
	}
	select {
	case <-h.server.Done():
		return h.start()
	default:
		return h.order(fault{})
	}
}

// Answer has an HTTP path answered with a status on every port, as programs do
// that report their role in this way. It is no fault: Recover and a restart leave
// it as it is.
func (h *Host) Answer(path string, status int) error {
	statuses := map[string]int{path: status}
	for known, before := range h.Statuses {
		if known != path {
			statuses[known] = before
		}
	}
	h.Statuses = statuses
	return h.order(fault{Path: path, Status: status})
}
