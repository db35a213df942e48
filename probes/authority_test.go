package probes

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// The field host takes an IP address as it takes one everywhere; in a Host header and
// an :authority an IPv6 address without brackets is malformed (RFC 3986, 3.2.2).
func TestAnIPv6AddressStandsInBracketsWhoeverGivesIt(t *testing.T) {
	target := netip.MustParseAddrPort("192.0.2.1:8080")
	for given, want := range map[string]string{
		"2001:db8::1":      "[2001:db8::1]",
		"192.0.2.7":        "192.0.2.7",
		"db.example.com":   "db.example.com",
		"::ffff:192.0.2.7": "[::ffff:192.0.2.7]",
	} {
		t.Run(given, func(t *testing.T) {
			request := newHTTPRequest(&HTTP{Method: "GET", Path: "/", Host: given})
			if got := string(request.append(nil, target)); !strings.Contains(got, "\r\nHost: "+want+"\r\n") {
				t.Errorf("got %q, want the host %s", got, want)
			}
			protocol := newGRPCProtocol(&GRPC{TLS: &ClientTLS{ServerName: given}})
			if got := authorityIn(t, protocol.opening(target)); got != want {
				t.Errorf("got :authority %q, want %s", got, want)
			}
		})
	}
}

// authorityIn reads what a call's opening gives as :authority.
func authorityIn(t *testing.T, opening []byte) string {
	t.Helper()
	framer := http2.NewFramer(nil, bytes.NewReader(opening[len(http2.ClientPreface):]))
	framer.ReadMetaHeaders = hpack.NewDecoder(headerTable, nil)
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if headers, is := frame.(*http2.MetaHeadersFrame); is {
			return headers.PseudoValue("authority")
		}
	}
}
