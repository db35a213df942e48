package api_test

import "testing"

// refuseAddresses: the address policy, as far as it needs no knowledge of the
// cluster.
func refuseAddresses(t *testing.T, api *server) {
	const (
		canonical = "must be a canonical IPv4 or IPv6 address"
		notV4     = "must not be a loopback, unspecified, link-local, multicast, reserved, broadcast, 6to4 relay or metadata address"
		notV6     = "must not be a loopback, unspecified, link-local, site-local, multicast or metadata address"
		notCompat = "must not be an IPv4-compatible form of a denied IPv4 address"
		notTrans  = "must not be an IPv4-translated form of a denied IPv4 address"
		notTunnel = "must not be a Teredo address or of NAT64 for local use"
		notNAT64  = "must not be a NAT64 form of a denied IPv4 address"
		notISATAP = "must not be an ISATAP form of a denied IPv4 address"
		not6to4   = "must not be a 6to4 form of a denied IPv4 address"
	)

	cases := []struct{ name, address, says string }{
		{"an address and a port", "203.0.113.10:5432", canonical},
		{"a network", "203.0.113.0/24", canonical},
		{"a space after the address", "203.0.113.10 ", canonical},
		{"a line break after the address", `203.0.113.10\n`, canonical},
		{"upper-case IPv6", "2001:DB8::10", canonical},
		{"IPv6 with zeros written out", "2001:db8:0:0:0:0:0:10", canonical},
		{"IPv6 with leading zeros", "2001:0db8::10", canonical},
		{"IPv6 in brackets", "[2001:db8::10]", canonical},
		{"IPv6 with a zone", "fe80::1%eth0", canonical},
		{"an IPv4-mapped address", "::ffff:203.0.113.10", canonical},
		{"an IPv4-mapped address in hexadecimal", "::ffff:cb00:710a", canonical},
		{"an IPv4-mapped loopback address", "::ffff:127.0.0.1", canonical},

		{"the unspecified IPv4 address", "0.0.0.0", notV4},
		{"an address of this network", "0.1.2.3", notV4},
		{"IPv4 loopback", "127.0.0.1", notV4},
		{"another IPv4 loopback address", "127.255.255.254", notV4},
		{"IPv4 link-local", "169.254.1.1", notV4},
		{"the metadata address of most clouds", "169.254.169.254", notV4},
		{"the metadata address of Alibaba Cloud", "100.100.100.200", notV4},
		{"the wire server of Azure", "168.63.129.16", notV4},
		{"an IETF protocol assignment", "192.0.0.170", notV4},
		{"IPv4 multicast", "224.0.0.1", notV4},
		{"IPv4 multicast at its end", "239.255.255.255", notV4},
		{"a reserved IPv4 address", "240.0.0.1", notV4},
		{"the broadcast address", "255.255.255.255", notV4},

		{"the unspecified IPv6 address", "::", notV6},
		{"IPv6 loopback", "::1", notV6},
		{"IPv6 link-local", "fe80::1", notV6},
		{"IPv6 link-local at its end", "febf::1", notV6},
		{"IPv6 multicast", "ff02::1", notV6},
		{"the IPv6 metadata address of AWS", "fd00:ec2::254", notV6},
		{"the IPv6 credentials address of EKS", "fd00:ec2::23", notV6},
		{"the IPv6 metadata address of Google Cloud", "fd20:ce::254", notV6},

		{"loopback in IPv4-compatible form", "::7f00:1", notCompat},
		{"metadata in IPv4-compatible form", "::a9fe:a9fe", notCompat},
		{"broadcast in IPv4-compatible form", "::ffff:ffff", notCompat},
		{"metadata in IPv4-translated form", "::ffff:0:a9fe:a9fe", notTrans},
		{"loopback in NAT64 form", "64:ff9b::7f00:1", notNAT64},
		{"metadata in NAT64 form", "64:ff9b::a9fe:a9fe", notNAT64},
		{"Azure's wire server in NAT64 form", "64:ff9b::a83f:8110", notNAT64},
		{"multicast in NAT64 form", "64:ff9b::e000:1", notNAT64},
		{"loopback in 6to4 form", "2002:7f00:1::1", not6to4},
		{"metadata in 6to4 form", "2002:a9fe:a9fe::", not6to4},
		{"Alibaba's metadata in 6to4 form", "2002:6464:64c8::1", not6to4},
		{"a relay of 6to4", "192.88.99.1", notV4},
		{"IPv6 site-local", "fec0::1", notV6},
		{"the IPv6 metadata address of Oracle Cloud", "fd00:c1::a9fe:a9fe", notV6},
		{"the IPv6 metadata address of Scaleway", "fd00:42::42", notV6},
		{"the IPv6 metadata address of Akamai", "fd00:a9fe:a9fe::1", notV6},
		{"metadata in ISATAP form", "2001:db8:1:2:0:5efe:a9fe:a9fe", notISATAP},
		{"metadata in ISATAP form, globally unique", "2001:db8:1:2:200:5efe:a9fe:a9fe", notISATAP},
		{"a Teredo address", "2001:0:4136:e378:8000:63bf:3fff:fdd2", notTunnel},
		{"an address of NAT64 for local use", "64:ff9b:1::a9fe:a9fe", notTunnel},
	}

	refusals := make([]refusal, 0, len(cases)+1)
	for _, bad := range cases {
		refusals = append(refusals, refusal{
			name: bad.name, path: "spec.hosts[0].address", value: `"` + bad.address + `"`, says: bad.says,
		})
	}

	refusals = append(refusals, refusal{name: "no address", path: "spec.hosts[0].address", value: `""`, says: "should be at least 1 chars long"})

	api.refuse(t, refusals)
}
