package probes

// What a probe in flight takes at most, in bytes of this process: the stack of its goroutine,
// its buffers, and what it keeps of what the host sent. What the kernel keeps is not counted.
const (
	// SilentMemory is for a probe of any kind whose host says nothing, or nothing after a
	// handshake.
	SilentMemory = 32 << 10
	// Hosts that begin an answer as long as any that is read, and do not end it, cost more.
	maxPlainMemory = 64 << 10
	maxTLSMemory   = 160 << 10
)

// MaxMemory returns how many bytes one probe of the check takes at most while it is in flight,
// whatever its host sends, so that memory bounds how many may be in flight.
func (c *Check) MaxMemory() int {
	switch {
	case c.None != nil:
		return 0
	case c.TLS != nil, c.HTTP != nil && c.HTTP.TLS != nil, c.GRPC != nil && c.GRPC.TLS != nil:
		return maxTLSMemory
	default:
		return maxPlainMemory
	}
}
