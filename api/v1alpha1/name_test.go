package v1alpha1

import "testing"

func TestHostIsName(t *testing.T) {
	tests := []struct {
		address         string
		wantName, isSRV bool
	}{
		{address: "203.0.113.10"},
		{address: "2001:db8::10"},
		{address: "db.example.com", wantName: true},
		{address: "203-0-113-10.example.com", wantName: true},
		{address: "1.example.com", wantName: true},
		{address: "fe.example.com", wantName: true},
		{address: "_pg._tcp.example.com", wantName: true, isSRV: true},
		{address: "_dns._udp.example.com", wantName: true, isSRV: true},
	}

	for _, test := range tests {
		t.Run(test.address, func(t *testing.T) {
			host := Host{Address: test.address}
			if got := host.IsName(); got != test.wantName {
				t.Errorf("a name: got %v, want %v", got, test.wantName)
			}
			if got := host.IsSRV(); got != test.isSRV {
				t.Errorf("an SRV name: got %v, want %v", got, test.isSRV)
			}
		})
	}
}

func TestNamesOfAnHTTPCheck(t *testing.T) {
	const (
		literal = "203.0.113.10"
		name    = "db.example.com"
		srv     = "_https._tcp.example.com"
	)

	verification := TLSVerification{ServerName: "tls.example.com"}

	tests := []struct {
		name                 string
		check                HTTPCheck
		address              string
		wantHost, wantServer string
	}{
		{name: "an IP address stands for itself when nothing is set", address: literal},
		{name: "the DNS name when nothing is set", address: name, wantHost: name, wantServer: name},
		{name: "the domain of an SRV name", address: srv, wantHost: "example.com", wantServer: "example.com"},
		{
			name:    "the Host header before the DNS name",
			check:   HTTPCheck{Host: "web.example.com"},
			address: name, wantHost: "web.example.com", wantServer: "web.example.com",
		},
		{
			name:    "the Host header beside other TLS settings",
			check:   HTTPCheck{Host: "web.example.com", TLS: &TLSSettings{InsecureSkipVerify: true}},
			address: literal, wantHost: "web.example.com", wantServer: "web.example.com",
		},
		{
			name:    "the server name before the Host header",
			check:   HTTPCheck{Host: "web.example.com", TLS: &TLSSettings{TLSVerification: verification}},
			address: literal, wantHost: "web.example.com", wantServer: "tls.example.com",
		},
		{
			name:    "the server name before the DNS name, which stays the Host header",
			check:   HTTPCheck{TLS: &TLSSettings{TLSVerification: verification}},
			address: name, wantHost: name, wantServer: "tls.example.com",
		},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			host := Host{Address: test.address}
			if got := test.check.EffectiveHost(host); got != test.wantHost {
				t.Errorf("Host header: got %q, want %q", got, test.wantHost)
			}
			if got := test.check.EffectiveServerName(host); got != test.wantServer {
				t.Errorf("server name: got %q, want %q", got, test.wantServer)
			}
		})
	}
}

func TestServerNameOfTLSAndGRPCChecks(t *testing.T) {
	set := TLSVerification{ServerName: "tls.example.com"}

	tests := []struct {
		name         string
		verification TLSVerification
		address      string
		want         string
	}{
		{name: "an IP address stands for itself", address: "2001:db8::10"},
		{name: "the DNS name", address: "db.example.com", want: "db.example.com"},
		{name: "the domain of an SRV name", address: "_pg._tcp.db.example.com", want: "db.example.com"},
		{name: "the server name before the DNS name", verification: set, address: "db.example.com", want: "tls.example.com"},
		{name: "the server name before the IP address", verification: set, address: "203.0.113.10", want: "tls.example.com"},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			host := Host{Address: test.address}
			if got := (TLSCheck{TLSVerification: test.verification}).EffectiveServerName(host); got != test.want {
				t.Errorf("tls: got %q, want %q", got, test.want)
			}
			if got := (TLSSettings{TLSVerification: test.verification}).EffectiveServerName(host); got != test.want {
				t.Errorf("grpc: got %q, want %q", got, test.want)
			}
		})
	}
}
