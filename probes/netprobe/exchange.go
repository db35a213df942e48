package netprobe

import (
	"context"
	"net"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
)

// Exchange is a plain TCP or HTTP probe without its I/O: address policy, request, and outcome of
// a response. The event loop runs it with I/O of its own and gets the same outcome as
// [probes.Prober.Probe]. An Exchange is safe for concurrent use.
type Exchange struct {
	dialer *Dialer
	// request appends the request to buffer or returns it in another slice; nil: no request.
	request func(buffer []byte, target netip.AddrPort) []byte
	// response returns the parser of one response; nil: the probe does not read.
	response func() Response
}

// NewExchange returns the exchange of a protocol that sends request and parses with response.
func NewExchange(dialer *Dialer, request func(buffer []byte, target netip.AddrPort) []byte, response func() Response) *Exchange {
	return &Exchange{dialer: dialer, request: request, response: response}
}

// Prober returns a prober that runs the exchange on the goroutine of its caller.
func (e *Exchange) Prober() probes.Prober { return &stream{dialer: e.dialer, exchange: e} }

// ExchangeOf returns the exchange of a prober. It returns false for TLS, gRPC and UDP, which the
// event loop cannot run.
func ExchangeOf(prober probes.Prober) (*Exchange, bool) {
	holder, holds := prober.(interface{ Exchange() (*Exchange, bool) })
	if !holds {
		return nil, false
	}
	return holder.Exchange()
}

// Admits reports whether the address policy allows addr. Callers check immediately before each
// connect, with the address that they pass to the kernel: an earlier decision may be stale. For
// a denied address the outcome is a failure with [probes.AddressDenied].
func (e *Exchange) Admits(addr netip.Addr) bool { return e.dialer.allow(addr) == nil }

// Request returns the bytes to send after the connect, possibly none. It may append to buffer.
// The caller must not modify the result.
func (e *Exchange) Request(buffer []byte, target netip.AddrPort) []byte {
	if e.request == nil {
		return nil
	}
	return e.request(buffer, target)
}

// Response returns the parser of one response; nil: the probe succeeds when the request is sent.
func (e *Exchange) Response() Response {
	if e.response == nil {
		return nil
	}
	return e.response()
}

// connectOnly reports whether the probe succeeds when the connection is established.
func (e *Exchange) connectOnly() bool { return e.request == nil && e.response == nil }

// ConnectFailed returns the outcome for an error of the connect to target, such as an errno.
func (e *Exchange) ConnectFailed(ctx context.Context, err error, target netip.AddrPort) probes.Outcome {
	return e.dialer.connectFailed(ctx, err, target)
}

// Run sends the request on conn and reads until the outcome is final. The caller has set the
// deadline of conn.
func (e *Exchange) Run(ctx context.Context, conn net.Conn, target netip.AddrPort) probes.Outcome {
	buffer := buffers.Get().(*[readSize]byte)
	defer buffers.Put(buffer)

	if request := e.Request(buffer[:0], target); len(request) > 0 {
		if _, err := conn.Write(request); err != nil {
			return ExchangeFailed(err)
		}
	}
	response := e.Response()
	if response == nil {
		return probes.Succeeded()
	}
	outcome := readResponse(conn, response, buffer[:])
	if match := response.Match(); match != nil {
		return match.Run(ctx)
	}
	return outcome
}
