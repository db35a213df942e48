package probes

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHTTPRequest(t *testing.T) {
	const ours = "User-Agent: external-endpoints/1\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
	tests := []struct {
		sentence string
		check    HTTP
		target   string
		want     string
	}{
		{
			sentence: "the host is the address and port by default",
			check:    HTTP{Method: "GET", Path: "/healthz"},
			target:   "192.0.2.1:8080",
			want:     "GET /healthz HTTP/1.1\r\nHost: 192.0.2.1:8080\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "an IPv6 address stands in brackets",
			check:    HTTP{Method: "HEAD", Path: "/"},
			target:   "[2001:db8::1]:8080",
			want:     "HEAD / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "port 80 is left out",
			check:    HTTP{Method: "GET", Path: "/"},
			target:   "192.0.2.1:80",
			want:     "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "port 443 is left out with TLS",
			check:    HTTP{Method: "GET", Path: "/", TLS: &ClientTLS{}},
			target:   "[2001:db8::1]:443",
			want:     "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "port 80 stands with TLS",
			check:    HTTP{Method: "GET", Path: "/", TLS: &ClientTLS{}},
			target:   "192.0.2.1:80",
			want:     "GET / HTTP/1.1\r\nHost: 192.0.2.1:80\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "a given host is taken as it is",
			check:    HTTP{Method: "OPTIONS", Path: "/a?b=c", Host: "db.example.com"},
			target:   "192.0.2.1:8080",
			want:     "OPTIONS /a?b=c HTTP/1.1\r\nHost: db.example.com\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "a given host with a port is taken as it is",
			check:    HTTP{Method: "GET", Path: "/", Host: "db.example.com:80", Name: "other.example.com"},
			target:   "192.0.2.1:8080",
			want:     "GET / HTTP/1.1\r\nHost: db.example.com:80\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "a given IPv6 host is sent in brackets",
			check:    HTTP{Method: "GET", Path: "/", Host: "2001:db8::1"},
			target:   "192.0.2.1:8080",
			want:     "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "a name stands in the place of its address",
			check:    HTTP{Method: "GET", Path: "/", Name: "db.example.com"},
			target:   "192.0.2.1:8080",
			want:     "GET / HTTP/1.1\r\nHost: db.example.com:8080\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "port 80 is left out after a name",
			check:    HTTP{Method: "GET", Path: "/", Name: "db.example.com"},
			target:   "192.0.2.1:80",
			want:     "GET / HTTP/1.1\r\nHost: db.example.com\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "port 443 is left out after a name with TLS",
			check:    HTTP{Method: "GET", Path: "/", Name: "db.example.com", TLS: &ClientTLS{}},
			target:   "192.0.2.1:443",
			want:     "GET / HTTP/1.1\r\nHost: db.example.com\r\n" + ours + "Connection: close\r\n\r\n",
		},
		{
			sentence: "the user's headers replace ours and are sent as they are",
			check: HTTP{Method: "GET", Path: "/", Headers: []Header{
				{"X-Probe", "1"}, {"user-agent", "me"}, {"Accept", "a"}, {"accept", "b"}, {"X-Empty", ""},
			}},
			target: "192.0.2.1:8080",
			want: "GET / HTTP/1.1\r\nHost: 192.0.2.1:8080\r\nAccept-Encoding: identity\r\nX-Probe: 1\r\nuser-agent: me\r\n" +
				"Accept: a\r\naccept: b\r\nX-Empty: \r\nConnection: close\r\n\r\n",
		},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			request := newHTTPRequest(&test.check)
			got := request.append(nil, netip.MustParseAddrPort(test.target))
			if diff := cmp.Diff(strings.SplitAfter(test.want, "\n"), strings.SplitAfter(string(got), "\n")); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}
