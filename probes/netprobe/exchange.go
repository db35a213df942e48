package netprobe

import (
	"context"
	"net"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
)

// Run carries the exchange out on a connection whose deadline is set: it sends the
// request and reads until the answer is clear.
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

// Exchange is all of a plain TCP or HTTP probe but its I/O: where it may connect,
// what it says, and what the answers mean. Whatever brings I/O of its own follows
// it and comes to the same outcome as [probes.Prober.Probe]. It is safe for concurrent use.
type Exchange struct {
	dialer *Dialer
	// request appends what is said once connected, or returns it elsewhere; nil: nothing.
	request func(buffer []byte, target netip.AddrPort) []byte
	// response makes the judge of the answer; nil: none is waited for.
	response func() Response
}

// NewExchange returns an exchange that sends request and judges by response.
func NewExchange(dialer *Dialer, request func(buffer []byte, target netip.AddrPort) []byte, response func() Response) *Exchange {
	return &Exchange{dialer: dialer, request: request, response: response}
}

// Prober returns the prober that carries the exchange out.
func (e *Exchange) Prober() probes.Prober { return &stream{dialer: e.dialer, exchange: e} }

// ExchangeOf returns the exchange of a prober; false: it does more than an exchange can say.
func ExchangeOf(prober probes.Prober) (*Exchange, bool) {
	holder, holds := prober.(interface{ Exchange() (*Exchange, bool) })
	if !holds {
		return nil, false
	}
	return holder.Exchange()
}

// Admits asks the address policy. It must be asked immediately before each connect,
// with the address as the kernel gets it; where it says no, the outcome is a failure
// with [probes.AddressDenied].
func (e *Exchange) Admits(addr netip.Addr) bool { return e.dialer.allow(addr) == nil }

// Request returns what is sent once connected, perhaps nothing. It may use buffer,
// and the caller must not change what it gets.
func (e *Exchange) Request(buffer []byte, target netip.AddrPort) []byte {
	if e.request == nil {
		return nil
	}
	return e.request(buffer, target)
}

// Response returns the judge of one answer; nil: the host is well once the request is sent.
func (e *Exchange) Response() Response {
	if e.response == nil {
		return nil
	}
	return e.response()
}

// connectIsAll reports whether being connected is enough.
func (e *Exchange) connectIsAll() bool { return e.request == nil && e.response == nil }

// ConnectFailed judges an error of connecting to target, an errno or the like.
func (e *Exchange) ConnectFailed(ctx context.Context, err error, target netip.AddrPort) probes.Outcome {
	return e.dialer.connectFailed(ctx, err, target)
}
