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

func TestServerNamesOfHTTPAndGRPCChecks(t *testing.T) {
	const (
		literal = "203.0.113.10"
		name    = "db.example.com"
		srv     = "_https._tcp.example.com"
	)

	settings := &TLSSettings{TLSVerification: TLSVerification{ServerName: "tls.example.com"}}

	tests := []struct {
		name      string
		authority Authority
		tls       *TLSSettings
		address   string
		want      string
	}{
		{name: "an IP address stands for itself when nothing is set", address: literal},
		{name: "the DNS name when nothing is set", address: name, want: name},
		{name: "the domain of an SRV name", address: srv, want: "example.com"},
		{name: "the authority before the DNS name", authority: "web.example.com", address: name, want: "web.example.com"},
		{name: "the authority without its port", authority: "web.example.com:8443", address: name, want: "web.example.com"},
		{name: "an IP address as the authority", authority: "203.0.113.7", address: name, want: "203.0.113.7"},
		{name: "an IP address with a port", authority: "203.0.113.7:8443", address: name, want: "203.0.113.7"},
		{name: "an IPv6 address as the authority", authority: "2001:db8::7", address: name, want: "2001:db8::7"},
		{name: "an IPv6 address with a port", authority: "[2001:db8::7]:8443", address: name, want: "2001:db8::7"},
		{name: "the authority beside other TLS settings", authority: "web.example.com", tls: &TLSSettings{InsecureSkipVerify: true}, address: literal, want: "web.example.com"},
		{name: "the server name before the authority", authority: "web.example.com:8443", tls: settings, address: literal, want: "tls.example.com"},
		{name: "the server name before the DNS name", tls: settings, address: name, want: "tls.example.com"},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			host := Host{Address: test.address}
			if got := (HTTPCheck{Host: test.authority, TLS: test.tls}).EffectiveServerName(host); got != test.want {
				t.Errorf("http: got %q, want %q", got, test.want)
			}
			if got := (GRPCCheck{Authority: test.authority, TLS: test.tls}).EffectiveServerName(host); got != test.want {
				t.Errorf("grpc: got %q, want %q", got, test.want)
			}
		})
	}
}

func TestEffectiveAuthorityOfAGRPCCheck(t *testing.T) {
	settings := &TLSSettings{TLSVerification: TLSVerification{ServerName: "tls.example.com"}}

	for _, test := range []struct {
		name  string
		check GRPCCheck
		want  string
	}{
		{name: "it follows from the host when nothing is set"},
		{name: "nothing that names a server is set", check: GRPCCheck{TLS: &TLSSettings{InsecureSkipVerify: true}}},
		{name: "the server name that gRPC clients verify", check: GRPCCheck{TLS: settings}, want: "tls.example.com"},
		{name: "the authority before the server name", check: GRPCCheck{Authority: "api.example.com:50051", TLS: settings}, want: "api.example.com:50051"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.check.EffectiveAuthority(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestServerNameOfATLSCheck(t *testing.T) {
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
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
