package httpprobe

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
)

func TestHTTPRequest(t *testing.T) {
	const ours = "User-Agent: external-endpoints/1\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
	tests := []struct {
		sentence string
		check    probes.HTTP
		target   string
		want     string
	}{
		{
			sentence: "the host is the address and port by default",
			check:    probes.HTTP{Method: "GET", Path: "/healthz"},
			target:   "192.0.2.1:8080",
			want:     "GET /healthz HTTP/1.1\r\nHost: 192.0.2.1:8080\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "an IPv6 address stands in brackets",
			check:    probes.HTTP{Method: "HEAD", Path: "/"},
			target:   "[2001:db8::1]:8080",
			want:     "HEAD / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "port 80 is left out",
			check:    probes.HTTP{Method: "GET", Path: "/"},
			target:   "192.0.2.1:80",
			want:     "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "port 443 is left out with TLS",
			check:    probes.HTTP{Method: "GET", Path: "/", TLS: &probes.ClientTLS{}},
			target:   "[2001:db8::1]:443",
			want:     "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "port 80 stands with TLS",
			check:    probes.HTTP{Method: "GET", Path: "/", TLS: &probes.ClientTLS{}},
			target:   "192.0.2.1:80",
			want:     "GET / HTTP/1.1\r\nHost: 192.0.2.1:80\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "a given host is taken as it is",
			check:    probes.HTTP{Method: "OPTIONS", Path: "/a?b=c", Host: "db.example.com"},
			target:   "192.0.2.1:8080",
			want:     "OPTIONS /a?b=c HTTP/1.1\r\nHost: db.example.com\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "a given host with a port is taken as it is",
			check:    probes.HTTP{Method: "GET", Path: "/", Host: "db.example.com:80", Name: "other.example.com"},
			target:   "192.0.2.1:8080",
			want:     "GET / HTTP/1.1\r\nHost: db.example.com:80\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "a given IPv6 host is sent in brackets",
			check:    probes.HTTP{Method: "GET", Path: "/", Host: "2001:db8::1"},
			target:   "192.0.2.1:8080",
			want:     "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "a name stands in the place of its address",
			check:    probes.HTTP{Method: "GET", Path: "/", Name: "db.example.com"},
			target:   "192.0.2.1:8080",
			want:     "GET / HTTP/1.1\r\nHost: db.example.com:8080\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "port 80 is left out after a name",
			check:    probes.HTTP{Method: "GET", Path: "/", Name: "db.example.com"},
			target:   "192.0.2.1:80",
			want:     "GET / HTTP/1.1\r\nHost: db.example.com\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "port 443 is left out after a name with TLS",
			check:    probes.HTTP{Method: "GET", Path: "/", Name: "db.example.com", TLS: &probes.ClientTLS{}},
			target:   "192.0.2.1:443",
			want:     "GET / HTTP/1.1\r\nHost: db.example.com\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "the user's headers replace ours and are sent as they are",
			check: probes.HTTP{Method: "GET", Path: "/", Headers: []probes.Header{
				{Name: "X-Probe", Value: "1"}, {Name: "user-agent", Value: "me"}, {Name: "Accept", Value: "a"}, {Name: "accept", Value: "b"}, {Name: "X-Empty", Value: ""},
			}},
			target: "192.0.2.1:8080",
			want: "GET / HTTP/1.1\r\nHost: 192.0.2.1:8080\r\nAccept-Encoding: identity\r\nX-Probe: 1\r\nuser-agent: me\r\n" +
				"Accept: a\r\naccept: b\r\nX-Empty: \r\nConnection: close\r\n\r\n",
		},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			request := newRequest(&test.check)
			got := request.append(nil, netip.MustParseAddrPort(test.target))
			if diff := cmp.Diff(strings.SplitAfter(test.want, "\n"), strings.SplitAfter(string(got), "\n")); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}
