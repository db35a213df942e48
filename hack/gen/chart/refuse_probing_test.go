package main

import (
	"strings"
	"testing"
)

// What the operator would refuse is refused before there is an operator: it would
// not start, and the admission policy would stop at a range that is none.
func TestSchemaRejectsProbingValuesLikeOperator(t *testing.T) {
	for _, c := range []struct {
		name, values string
		// want is a part of the message; empty: it is accepted.
		want string
	}{
		{"an interval below the shortest", "probing: {minInterval: 99ms}", "probing.minInterval: must be at least 100ms"},
		{"a fraction of one", "probing: {minInterval: 50.5ms}", "probing.minInterval: must be at least 100ms"},
		{"no interval", "probing: {minInterval: 0s}", "probing.minInterval: must be at least 100ms"},
		{"an interval with two points", "probing: {minInterval: 1.2.3s}", "minInterval"},
		{"the shortest interval", "probing: {minInterval: 100ms}", ""},
		{"an interval of two units", "probing: {minInterval: 1m30.5s}", ""},
		{"a length that IPv4 has not", "probing: {deniedCIDRs: [10.0.0.0/33]}", "deniedCIDRs"},
		{"a length that IPv6 has not", `probing: {allowedCIDRs: ["fd00::/129"]}`, "allowedCIDRs"},
		{"five numbers", "probing: {deniedCIDRs: [10.0.0.0.0/8]}", "deniedCIDRs"},
		{"ranges", `probing: {deniedCIDRs: [10.0.0.0/8, 192.0.2.7/32, 0.0.0.0/0, "::/0", "fd00:1::/48", "2001:DB8::1/128"]}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, message, err := template(t, chartFolder, c.values)
			switch {
			case c.want == "" && err != nil:
				t.Error(message)
			case c.want != "" && err == nil:
				t.Error("it is accepted")
			case !strings.Contains(message, c.want):
				t.Errorf("the message lacks %q:\n%s", c.want, message)
			}
		})
	}
}
