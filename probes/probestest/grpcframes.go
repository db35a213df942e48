package probestest

import (
	"bytes"
	"io"
	"net"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/external-endpoints/operator/probes"
)

// Frames speaks HTTP/2 by hand: it greets, reads until the call is complete and then
// does what answer says. It is for answers that grpc-go would never give.
func Frames(answer func(*http2.Framer)) Server {
	return Serve(func(conn net.Conn) {
		framer := http2.NewFramer(conn, conn)
		preface := make([]byte, len(http2.ClientPreface))
		if _, err := io.ReadFull(conn, preface); err != nil || framer.WriteSettings() != nil {
			return
		}
		for {
			frame, err := framer.ReadFrame()
			if err != nil {
				return
			}
			if data, ok := frame.(*http2.DataFrame); ok && data.StreamEnded() {
				answer(framer)
				drain(conn)
				return
			}
		}
	})
}

// headers writes header fields, given as name, value, name, value and so on. Each
// block is encoded by itself and refers to none before it.
func headers(framer *http2.Framer, end bool, namesAndValues ...string) {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for i := 0; i < len(namesAndValues); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: namesAndValues[i], Value: namesAndValues[i+1]})
	}
	_ = framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: 1, BlockFragment: block.Bytes(), EndStream: end, EndHeaders: true,
	})
}

// grpcFrameCases are about answers to a gRPC call that are unusual or wrong.
func grpcFrameCases() []Case {
	const serving = "\x00\x00\x00\x00\x02\x08\x01"
	// answered writes usual headers, this message, and trailers that say OK.
	answered := func(message string) Server {
		return Frames(func(f *http2.Framer) {
			headers(f, false, ":status", "200", "content-type", "application/grpc")
			_ = f.WriteData(1, false, []byte(message))
			headers(f, true, "grpc-status", "0")
		})
	}
	// only writes one block of headers that ends the answer.
	only := func(namesAndValues ...string) Server {
		return Frames(func(f *http2.Framer) { headers(f, true, namesAndValues...) })
	}
	const kind, grpcKind = "content-type", "application/grpc+proto"
	tests := []struct {
		sentence string
		server   Server
		want     probes.Reason
	}{
		{"an answer written by hand is well", answered(serving), ""},
		{"fields of a later version are passed over", answered("\x00\x00\x00\x00\x07\x12\x03abc\x08\x01"), ""},
		{"an answer after an interim one is well", Frames(func(f *http2.Framer) {
			headers(f, false, ":status", "103")
			headers(f, false, ":status", "200", kind, grpcKind)
			_ = f.WriteData(1, false, []byte(serving))
			headers(f, true, "grpc-status", "0")
		}), ""},
		{"a message in pieces, with pings between, is well", Frames(func(f *http2.Framer) {
			headers(f, false, ":status", "200", kind, grpcKind)
			for _, b := range []byte(serving) {
				_ = f.WritePing(false, [8]byte{b})
				_ = f.WriteDataPadded(1, false, []byte{b}, make([]byte, 9))
			}
			headers(f, true, "grpc-status", "0")
		}), ""},
		{"a server that goes away but answers is well", Frames(func(f *http2.Framer) {
			_ = f.WriteGoAway(1, http2.ErrCodeNo, nil)
			headers(f, false, ":status", "200", kind, grpcKind)
			_ = f.WriteData(1, false, []byte(serving))
			headers(f, true, "grpc-status", "0")
		}), ""},
		{"a status after a message that serves decides", Frames(func(f *http2.Framer) {
			headers(f, false, ":status", "200", kind, grpcKind)
			_ = f.WriteData(1, false, []byte(serving))
			headers(f, true, "grpc-status", "13")
		}), probes.NotServing},
		{"a server that goes away is not serving", Frames(func(f *http2.Framer) {
			_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
		}), probes.NotServing},
		{"a server that resets the call is not serving", Frames(func(f *http2.Framer) {
			_ = f.WriteRSTStream(1, http2.ErrCodeRefusedStream)
		}), probes.NotServing},
		{"a proxy that says 503 is not serving", only(":status", "503", kind, "text/html"), probes.NotServing},
		{"a web page is a protocol error for gRPC", only(":status", "200", kind, "text/html"), probes.Protocol},
		{"an end without a status is a protocol error", only(":status", "200", kind, grpcKind), probes.Protocol},
		{"OK without a message is a protocol error", only(":status", "200", kind, grpcKind, "grpc-status", "0"), probes.Protocol},
		{"a compressed message is a protocol error", answered("\x01\x00\x00\x00\x02\x08\x01"), probes.Protocol},
		{"a message that is cut short is a protocol error", answered("\x00\x00\x00\x00\x03\x08\x01"), probes.Protocol},
		{"a message that does not decode is a protocol error", answered("\x00\x00\x00\x00\x02\x08\xff"), probes.Protocol},
		{"a message beyond 8 KiB is a protocol error", answered(strings.Repeat("\x00", 9000)), probes.Protocol},
		{"data without headers is a protocol error", Frames(func(f *http2.Framer) {
			_ = f.WriteData(1, false, []byte(serving))
		}), probes.Protocol},
		{"headers that do not decode are a protocol error", Frames(func(f *http2.Framer) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0xff, 0xff, 0xff}, EndHeaders: true})
		}), probes.Protocol},
		{"a head beyond 16 KiB is a protocol error for gRPC", only(":status", "200", kind, grpcKind, "x", strings.Repeat("x", 16<<10)), probes.Protocol},
		{"a server that does not greet is a protocol error", Says("\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678"), probes.Protocol},
	}
	cases := make([]Case, len(tests))
	for i, test := range tests {
		cases[i] = Case{Sentence: test.sentence, Server: test.server, Check: probes.Check{GRPC: &probes.GRPC{}}, Want: test.want}
	}
	return cases
}
