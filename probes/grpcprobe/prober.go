package grpcprobe

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/netip"
	"unicode/utf8"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/httpheader"
	"github.com/external-endpoints/operator/probes/netprobe"
)

const (
	// stream is the stream of the one call on a connection.
	stream = 1
	// frameSize is the largest frame we take, HTTP/2's smallest allowed limit. That
	// an HTTP/1 or SSH host's first bytes would be the head of a far larger one is
	// how such a host is recognised at once.
	frameSize = 16 << 10
	// frameBuffer holds the few small frames of which an answer consists.
	frameBuffer = 512
	// maxFrames bounds all bytes that are read of an answer: a head, a message, and
	// plenty of settings and pings.
	maxFrames = 32 << 10
	// headerTable is the size of HPACK's table when nothing else is agreed.
	headerTable = 4096
)

// protocol calls grpc.health.v1.Health/Check, one call on one connection,
// written with HTTP/2 frames.
//
// It is no grpc.ClientConn: that costs six times the CPU (183 against 31 us), runs
// goroutines of its own that outlive Close, connects again with a backoff when it
// finds a host dead, and its errors quote what the host sent.
type protocol struct {
	request   []byte // the message, with its gRPC prefix
	scheme    string
	authority httpheader.Authority
}

// New returns the prober of a gRPC check.
func New(check *probes.GRPC, dialer *netprobe.Dialer) (probes.Prober, error) {
	switch {
	case !utf8.ValidString(check.Service):
		return nil, probes.Invalid("grpc.service", "valid UTF-8")
	case !probes.IsVisible(check.Authority), !probes.IsVisible(check.Name):
		return nil, probes.Invalid("grpc.authority", "of visible ASCII characters")
	case len(check.Service) > probes.MaxResponse:
		return nil, probes.Invalid("grpc.service", "at most 8192 bytes")
	}
	protocol := newProtocol(check)
	if check.TLS == nil {
		return netprobe.NewProber(dialer, protocol.call), nil
	}
	client, err := netprobe.NewTLSClient("grpc.tls", *check.TLS, http2.NextProtoTLS)
	if err != nil {
		return nil, err
	}
	return client.Prober(dialer, protocol.call), nil
}

// newProtocol prepares the calls of a valid check.
func newProtocol(check *probes.GRPC) *protocol {
	protocol := &protocol{
		request:   appendHealthRequest(nil, check.Service),
		scheme:    "http",
		authority: httpheader.NewAuthority(check.Authority, check.Name, check.TLS != nil),
	}
	if check.TLS != nil {
		protocol.scheme = "https"
	}
	return protocol
}

// call makes the call.
func (g *protocol) call(_ context.Context, conn net.Conn, target netip.AddrPort) probes.Outcome {
	if _, err := conn.Write(g.opening(target)); err != nil {
		return netprobe.ExchangeFailed(err)
	}
	framer := http2.NewFramer(conn, bufio.NewReaderSize(netprobe.LimitReader(conn, maxFrames), frameBuffer))
	framer.SetReuseFrames()
	framer.SetMaxReadFrameSize(frameSize)
	framer.ReadMetaHeaders = hpack.NewDecoder(headerTable, nil)
	framer.MaxHeaderListSize = httpheader.MaxBytes

	var call response
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return netprobe.ExchangeFailed(err)
		}
		if outcome, done := call.take(frame); done {
			return outcome
		}
		if err := acknowledge(framer, frame); err != nil {
			return netprobe.ExchangeFailed(err)
		}
	}
}

// opening returns all that we have to say, for one write: HTTP/2 lets a client send
// its request without waiting for the host's settings.
//
// There is no grpc-timeout header: with one, the host's clock would race ours, and
// the reason would be a timeout or a status by chance.
func (g *protocol) opening(target netip.AddrPort) []byte {
	var headers, opening bytes.Buffer
	encoder := hpack.NewEncoder(&headers)
	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: g.scheme},
		{Name: ":path", Value: "/grpc.health.v1.Health/Check"},
		{Name: ":authority", Value: string(g.authority.Append(nil, target))},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "te", Value: "trailers"},
		{Name: "user-agent", Value: httpheader.UserAgent},
	} {
		// Writing to a bytes.Buffer does not fail, here and below.
		_ = encoder.WriteField(field)
	}
	opening.WriteString(http2.ClientPreface)
	framer := http2.NewFramer(&opening, nil)
	_ = framer.WriteSettings(
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: httpheader.MaxBytes},
	)
	_ = framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: stream, BlockFragment: headers.Bytes(), EndHeaders: true,
	})
	_ = framer.WriteData(stream, true, g.request)
	return opening.Bytes()
}

// acknowledge answers the frames that want an answer. A host may hold its own
// answer back until then.
func acknowledge(framer *http2.Framer, frame http2.Frame) error {
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if !frame.IsAck() {
			return framer.WriteSettingsAck()
		}
	case *http2.PingFrame:
		if !frame.IsAck() {
			return framer.WritePing(true, frame.Data)
		}
	}
	return nil
}
