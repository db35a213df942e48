package httpheader

import (
	"net/netip"
	"testing"
)

// bracketedHosts are hosts as a user gives them, and as they are sent. In a Host header and
// an :authority an IPv6 address without brackets is malformed (RFC 3986, 3.2.2).
var bracketedHosts = map[string]string{
	"2001:db8::1":      "[2001:db8::1]",
	"192.0.2.7":        "192.0.2.7",
	"db.example.com":   "db.example.com",
	"::ffff:192.0.2.7": "[::ffff:192.0.2.7]",

	"db.example.com:8443": "db.example.com:8443",
	"[2001:db8::1]:8443":  "[2001:db8::1]:8443",
}

func TestAuthorityPutsIPv6InBrackets(t *testing.T) {
	for given, want := range bracketedHosts {
		a := NewAuthority(given, "other.example.com", false)
		if got := string(a.Append(nil, netip.MustParseAddrPort("192.0.2.1:8080"))); got != want {
			t.Errorf("%s: got %q, want %s", given, got, want)
		}
	}
}
