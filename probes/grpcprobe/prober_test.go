package grpcprobe

import (
	"bytes"
	"net/netip"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/external-endpoints/operator/probes"
)

// Routers such as Envoy and Traefik choose the server by :authority: a check must ask for the
// one that clients ask for (envoyproxy/envoy#5238, #886).
func TestGRPCAuthority(t *testing.T) {
	secure := &probes.ClientTLS{ServerName: "tls.example.com"}
	tests := []struct {
		sentence string
		check    probes.GRPC
		target   string
		want     string
	}{
		{"an address with its port", probes.GRPC{}, "192.0.2.1:50051", "192.0.2.1:50051"},
		{"an IPv6 address with its port", probes.GRPC{}, "[2001:db8::1]:50051", "[2001:db8::1]:50051"},
		{"an address without port 80", probes.GRPC{}, "192.0.2.1:80", "192.0.2.1"},
		{"a name with its port", probes.GRPC{Name: "db.example.com"}, "192.0.2.1:50051", "db.example.com:50051"},
		{"an IPv6 address as authority", probes.GRPC{Authority: "2001:db8::1"}, "192.0.2.1:8080", "[2001:db8::1]"},
		{"a name without port 80", probes.GRPC{Name: "db.example.com"}, "192.0.2.1:80", "db.example.com"},
		{"a name with port 443 in plain text", probes.GRPC{Name: "db.example.com"}, "192.0.2.1:443", "db.example.com:443"},
		{"a name without port 443 over TLS", probes.GRPC{Name: "db.example.com", TLS: secure}, "192.0.2.1:443", "db.example.com"},
		{"a name with its port over TLS", probes.GRPC{Name: "db.example.com", TLS: secure}, "192.0.2.1:50051", "db.example.com:50051"},
		{"what is given, as it is", probes.GRPC{Authority: "api.example.com", Name: "db.example.com", TLS: secure}, "192.0.2.1:50051", "api.example.com"},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			opening := newProtocol(&test.check).opening(netip.MustParseAddrPort(test.target))
			if got := authorityIn(t, opening); got != test.want {
				t.Errorf("got :authority %q, want %s", got, test.want)
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
