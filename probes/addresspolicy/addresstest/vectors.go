// Package addresstest holds the addresses that test every user of the address policy: the policy
// itself, admission, resolution, dialing and publishing must give the same answers.
package addresstest

import (
	"net/netip"

	"github.com/external-endpoints/operator/probes/addresspolicy"
)

// Vector is one address and what a policy without further ranges says about it.
type Vector struct {
	// Sentence completes "an address that is ..." and names the test.
	Sentence string
	Address  string
	// Class is why the address is denied; empty: it is allowed.
	Class addresspolicy.Class
}

// Denied reports whether the policy denies the address.
func (v Vector) Denied() bool { return v.Class != "" }

// Vectors are literal addresses that net/netip can parse.
var Vectors = []Vector{
	{"an ordinary public IPv4 address", "8.8.8.8", ""},
	{"an ordinary public IPv6 address", "2606:4700:4700::1111", ""},
	{"of the documentation range", "192.0.2.101", ""},
	{"of the IPv6 documentation range", "2001:db8::101", ""},
	{"private, where outside hosts live (10/8)", "10.20.30.40", ""},
	{"private, where outside hosts live (172.16/12)", "172.16.0.1", ""},
	{"private, where outside hosts live (192.168/16)", "192.168.1.1", ""},
	{"unique local IPv6", "fd12:3456:789a::1", ""},
	{"carrier-grade NAT", "100.64.0.1", ""},
	{"just below loopback", "126.255.255.255", ""},
	{"just above loopback", "128.0.0.0", ""},
	{"just below link-local", "169.253.255.255", ""},
	{"just above link-local", "169.255.0.0", ""},
	{"just above the protocol assignments", "192.0.1.0", ""},
	{"just below multicast", "223.255.255.255", ""},
	{"next to Azure's WireServer", "168.63.129.17", ""},
	{"next to Alibaba's metadata service", "100.100.100.201", ""},
	{"just below IPv6 link-local", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},

	{"unspecified IPv4", "0.0.0.0", addresspolicy.Unspecified},
	{"unspecified IPv6", "::", addresspolicy.Unspecified},
	{"of this network", "0.1.2.3", addresspolicy.ThisNetwork},
	{"loopback", "127.0.0.1", addresspolicy.Loopback},
	{"the last of the loopback range", "127.255.255.255", addresspolicy.Loopback},
	{"IPv6 loopback", "::1", addresspolicy.Loopback},
	{"link-local", "169.254.1.1", addresspolicy.LinkLocal},
	{"the first link-local one", "169.254.0.0", addresspolicy.LinkLocal},
	{"the container credentials of ECS, link-local too", "169.254.170.2", addresspolicy.LinkLocal},
	{"IPv6 link-local", "fe80::1", addresspolicy.LinkLocal},
	{"the last of IPv6 link-local", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", addresspolicy.LinkLocal},
	{"zone-scoped", "fe80::1%eth0", addresspolicy.Zoned},
	{"public with a zone", "2606:4700:4700::1111%eth0", addresspolicy.Zoned},
	{"multicast", "224.0.0.1", addresspolicy.Multicast},
	{"administratively scoped multicast", "239.255.255.255", addresspolicy.Multicast},
	{"IPv6 multicast", "ff02::1", addresspolicy.Multicast},
	{"the Oracle metadata service, a protocol assignment", "192.0.0.192", addresspolicy.Assignments},
	{"of the reserved range", "240.0.0.1", addresspolicy.Reserved},
	{"broadcast", "255.255.255.255", addresspolicy.Broadcast},
	{"the relay anycast of 6to4", "192.88.99.1", addresspolicy.RelayAnycast},
	{"just below the relay anycast", "192.88.98.255", ""},
	{"just above the relay anycast", "192.88.100.0", ""},
	{"site-local IPv6", "fec0::1", addresspolicy.SiteLocal},
	{"the last site-local one", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", addresspolicy.SiteLocal},

	{"the metadata service of most clouds", "169.254.169.254", addresspolicy.Metadata},
	{"Alibaba's metadata service", "100.100.100.200", addresspolicy.Metadata},
	{"Azure's WireServer", "168.63.129.16", addresspolicy.Metadata},
	{"the AWS metadata service over IPv6", "fd00:ec2::254", addresspolicy.Metadata},
	{"the EKS pod credentials over IPv6", "fd00:ec2::23", addresspolicy.Metadata},
	{"the Google metadata service over IPv6", "fd20:ce::254", addresspolicy.Metadata},
	{"the Oracle metadata service over IPv6", "fd00:c1::a9fe:a9fe", addresspolicy.Metadata},
	{"the Scaleway metadata service over IPv6", "fd00:42::42", addresspolicy.Metadata},
	{"the Akamai metadata service over IPv6", "fd00:a9fe:a9fe::1", addresspolicy.Metadata},
	{"next to Oracle's metadata service", "fd00:c1::a9fe:a9ff", ""},
	{"next to Scaleway's metadata service", "fd00:42::43", ""},
	{"next to Akamai's metadata service", "fd00:a9fe:a9fe::2", ""},

	{"public, IPv4-mapped", "::ffff:8.8.8.8", ""},
	{"loopback, IPv4-mapped", "::ffff:127.0.0.1", addresspolicy.Loopback},
	{"unspecified, IPv4-mapped", "::ffff:0.0.0.0", addresspolicy.Unspecified},
	{"metadata, IPv4-mapped", "::ffff:169.254.169.254", addresspolicy.Metadata},
	{"metadata, IPv4-mapped and written in hex", "::ffff:a9fe:a9fe", addresspolicy.Metadata},
	{"public, IPv4-compatible", "::8.8.8.8", ""},
	{"loopback, IPv4-compatible", "::127.0.0.1", addresspolicy.Loopback},
	{"metadata, IPv4-compatible", "::169.254.169.254", addresspolicy.Metadata},
	{"of this network, IPv4-compatible", "::2", addresspolicy.ThisNetwork},
	{"metadata, IPv4-translated", "::ffff:0:169.254.169.254", addresspolicy.Metadata},
	{"public behind NAT64", "64:ff9b::8.8.8.8", ""},
	{"loopback behind NAT64", "64:ff9b::127.0.0.1", addresspolicy.Loopback},
	{"metadata behind NAT64", "64:ff9b::a9fe:a9fe", addresspolicy.Metadata},
	{"multicast behind NAT64", "64:ff9b::e000:1", addresspolicy.Multicast},
	{"behind a NAT64 of local use", "64:ff9b:1::a9fe:a9fe", addresspolicy.Tunnel},
	{"public over 6to4", "2002:808:808::1", ""},
	{"loopback over 6to4", "2002:7f00:1::", addresspolicy.Loopback},
	{"metadata over 6to4", "2002:a9fe:a9fe::", addresspolicy.Metadata},
	{"relay anycast, IPv4-compatible", "::192.88.99.1", addresspolicy.RelayAnycast},
	{"relay anycast, IPv4-translated", "::ffff:0:192.88.99.1", addresspolicy.RelayAnycast},
	{"relay anycast behind NAT64", "64:ff9b::192.88.99.1", addresspolicy.RelayAnycast},
	{"relay anycast over 6to4", "2002:c058:6301::", addresspolicy.RelayAnycast},
	{"public, ISATAP", "2001:db8:a:b:0:5efe:808:808", ""},
	{"public, ISATAP of a public address", "2001:db8:a:b:200:5efe:808:808", ""},
	{"private, ISATAP", "2001:db8:a:b:0:5efe:10.0.0.1", ""},
	{"metadata, ISATAP", "2001:db8:a:b:0:5efe:a9fe:a9fe", addresspolicy.Metadata},
	{"metadata, ISATAP of a public address", "2001:db8:a:b:200:5efe:a9fe:a9fe", addresspolicy.Metadata},
	{"metadata, ISATAP below a prefix of zeros", "2001:db8::5efe:a9fe:a9fe", addresspolicy.Metadata},
	{"metadata, ISATAP of a public address below a prefix of zeros", "2001:db8::200:5efe:a9fe:a9fe", addresspolicy.Metadata},
	{"metadata, ISATAP of the zero prefix", "::5efe:a9fe:a9fe", addresspolicy.Metadata},
	{"loopback, ISATAP", "2001:db8:a:b:0:5efe:7f00:1", addresspolicy.Loopback},
	{"unspecified, ISATAP", "2001:db8:a:b:0:5efe::", addresspolicy.Unspecified},
	{"unspecified, ISATAP of a public address", "2001:db8:a:b:200:5efe::", addresspolicy.Unspecified},
	{"unspecified, ISATAP below a prefix of zeros", "2001:db8::5efe:0:0", addresspolicy.Unspecified},
	{"of this network, ISATAP", "2001:db8:a:b:0:5efe:1:2", addresspolicy.ThisNetwork},
	{"public over 6to4 and metadata, ISATAP", "2002:808:808::5efe:a9fe:a9fe", addresspolicy.Metadata},
	{"metadata over 6to4 and public, ISATAP", "2002:a9fe:a9fe::5efe:808:808", addresspolicy.Metadata},
	{"no ISATAP, whose words are elsewhere", "2001:db8:a:0:5efe:0:a9fe:a9fe", ""},
	{"no ISATAP, with other bits", "2001:db8:a:b:1:5efe:a9fe:a9fe", ""},
	{"no ISATAP, of a shorter form", "2001:db8:0:5efe::", ""},
	{"no ISATAP, with another word", "2001:db8:a:b:0:15ef:a9fe:a9fe", ""},
	{"Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2", addresspolicy.Tunnel},
}

// Policy is the policy of a cluster in which Services are in 10.96.0.0/16 and
// fd00:10:96::/112, Pods in 10.244.0.0/16 and fd00:10:244::/48, and nodes at
// 192.0.2.10, 192.0.2.11 and 2001:db8::10. Its configuration makes an exception
// for the node 192.0.2.11 and for 10.96.100.0/24.
func Policy() addresspolicy.Policy {
	return addresspolicy.New(nil, ranges("192.0.2.11/32", "10.96.100.0/24")).WithCluster(ranges(
		"10.96.0.0/16", "fd00:10:96::/112", "10.244.0.0/16", "fd00:10:244::/48",
		"192.0.2.10/32", "192.0.2.11/32", "2001:db8::10/128",
	))
}

func ranges(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}

// ClusterVectors say what [Policy] says. Admission knows no cluster, so that it
// accepts those of [addresspolicy.ClusterRange].
var ClusterVectors = []Vector{
	{"of a Service", "10.96.0.1", addresspolicy.ClusterRange},
	{"of a Service, IPv4-mapped", "::ffff:10.96.0.1", addresspolicy.ClusterRange},
	{"of a Service, IPv4-compatible", "::10.96.0.1", addresspolicy.ClusterRange},
	{"of a Service, IPv4-translated", "::ffff:0:10.96.0.1", addresspolicy.ClusterRange},
	{"of a Service behind NAT64", "64:ff9b::10.96.0.1", addresspolicy.ClusterRange},
	{"of a Service over 6to4", "2002:a60:1::", addresspolicy.ClusterRange},
	{"of a Service, ISATAP", "2001:db8:a:b:0:5efe:a60:1", addresspolicy.ClusterRange},
	{"of a Service in a range that is excepted, ISATAP", "2001:db8:a:b:200:5efe:a60:6409", ""},
	{"of a Service, IPv6", "fd00:10:96::1", addresspolicy.ClusterRange},
	{"the last of the Service range", "10.96.255.255", addresspolicy.ClusterRange},
	{"just above the Service range", "10.97.0.0", ""},
	{"just above the IPv6 Service range", "fd00:10:96::1:0", ""},
	{"of a Pod", "10.244.3.7", addresspolicy.ClusterRange},
	{"of a Pod, IPv4-mapped", "::ffff:10.244.3.7", addresspolicy.ClusterRange},
	{"of a Pod behind NAT64", "64:ff9b::10.244.3.7", addresspolicy.ClusterRange},
	{"of a Pod over 6to4", "2002:af4:307::", addresspolicy.ClusterRange},
	{"of a Pod, IPv6", "fd00:10:244:3::7", addresspolicy.ClusterRange},
	{"of a node", "192.0.2.10", addresspolicy.ClusterRange},
	{"of a node, IPv4-mapped", "::ffff:192.0.2.10", addresspolicy.ClusterRange},
	{"of a node behind NAT64", "64:ff9b::192.0.2.10", addresspolicy.ClusterRange},
	{"of a node over 6to4", "2002:c000:20a::1", addresspolicy.ClusterRange},
	{"of a node, IPv6", "2001:db8::10", addresspolicy.ClusterRange},
	{"next to a node", "192.0.2.9", ""},
	{"next to a node, IPv6", "2001:db8::11", ""},
	{"of a node that is excepted", "192.0.2.11", ""},
	{"of a node that is excepted, IPv4-mapped", "::ffff:192.0.2.11", ""},
	{"of a node that is excepted, behind NAT64", "64:ff9b::192.0.2.11", ""},
	{"of a Service in a range that is excepted", "10.96.100.9", ""},
	{"of an outside host", "192.0.2.101", ""},
	{"loopback, whatever the cluster has", "127.0.0.1", addresspolicy.Loopback},
}
