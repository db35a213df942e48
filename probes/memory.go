package probes

// The memory bounds of one probe in flight, in bytes: the stack of its goroutine, its buffers
// and the kept part of the response. Socket buffers of the kernel are not included.
const (
	// SilentMemory bounds a probe of any kind whose host sends nothing, or nothing after a
	// handshake.
	SilentMemory = 32 << 10
	// The other bounds are for hosts that send the longest accepted response without its end.
	maxPlainMemory = 64 << 10
	maxTLSMemory   = 160 << 10
)

// MaxMemory returns how many bytes one probe of the check takes at most while it is in flight.
// The engine derives from it how many probes may be in flight.
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
