package addresspolicy

import "net/netip"

// Class is why an address is denied. The list is closed: a class may appear in a log or a message,
// the address itself may not (it may come from a name that another party controls).
type Class string

const (
	// Invalid: not an address at all.
	Invalid Class = "invalid"
	// Zoned: an address with a zone (fe80::1%eth0) means something on one machine only.
	Zoned Class = "zone-scoped"
	// Unspecified: 0.0.0.0 and ::, which connect to the machine itself.
	Unspecified Class = "unspecified"
	// ThisNetwork: 0.0.0.0/8 (RFC 791).
	ThisNetwork Class = "this network"
	// Loopback: 127.0.0.0/8 and ::1.
	Loopback Class = "loopback"
	// LinkLocal: 169.254.0.0/16 and fe80::/10.
	LinkLocal Class = "link-local"
	// Metadata: the credential and metadata services of cloud providers.
	Metadata Class = "metadata service"
	// Assignments: 192.0.0.0/24, IETF protocol assignments (RFC 6890).
	Assignments Class = "protocol assignments"
	// Multicast: 224.0.0.0/4 and ff00::/8.
	Multicast Class = "multicast"
	// Broadcast: 255.255.255.255.
	Broadcast Class = "broadcast"
	// Reserved: 240.0.0.0/4 (RFC 1112).
	Reserved Class = "reserved"
	// RelayAnycast: 192.88.99.0/24, the 6to4 relays (deprecated by RFC 7526).
	RelayAnycast Class = "relay anycast"
	// SiteLocal: fec0::/10 (deprecated by RFC 3879).
	SiteLocal Class = "site-local"
	// Tunnel: a form that carries an IPv4 address which cannot be judged.
	Tunnel Class = "tunnel"
	// DeniedRange: in a range that this operator's configuration denies.
	DeniedRange Class = "denied range"
	// ClusterRange: an address of the cluster itself: of a Service, a Pod or a node.
	ClusterRange Class = "cluster range"
)

// always lists what no configuration allows. The first match names the class, so
// single addresses come before the ranges around them.
var always = []struct {
	prefix netip.Prefix
	class  Class
}{
	{netip.MustParsePrefix("0.0.0.0/32"), Unspecified},
	{netip.MustParsePrefix("0.0.0.0/8"), ThisNetwork},
	{netip.MustParsePrefix("127.0.0.0/8"), Loopback},
	{netip.MustParsePrefix("169.254.169.254/32"), Metadata}, // AWS, Google, Azure, OpenStack and most others
	{netip.MustParsePrefix("100.100.100.200/32"), Metadata}, // Alibaba
	{netip.MustParsePrefix("168.63.129.16/32"), Metadata},   // Azure's WireServer, a public address
	{netip.MustParsePrefix("169.254.0.0/16"), LinkLocal},
	{netip.MustParsePrefix("192.0.0.0/24"), Assignments},
	{netip.MustParsePrefix("192.88.99.0/24"), RelayAnycast},
	{netip.MustParsePrefix("224.0.0.0/4"), Multicast},
	{netip.MustParsePrefix("255.255.255.255/32"), Broadcast},
	{netip.MustParsePrefix("240.0.0.0/4"), Reserved},

	{netip.MustParsePrefix("::/128"), Unspecified},
	{netip.MustParsePrefix("::1/128"), Loopback},
	{netip.MustParsePrefix("fd00:ec2::254/128"), Metadata},      // AWS
	{netip.MustParsePrefix("fd00:ec2::23/128"), Metadata},       // AWS, credentials of EKS pods
	{netip.MustParsePrefix("fd20:ce::254/128"), Metadata},       // Google
	{netip.MustParsePrefix("fd00:c1::a9fe:a9fe/128"), Metadata}, // Oracle
	{netip.MustParsePrefix("fd00:42::42/128"), Metadata},        // Scaleway
	{netip.MustParsePrefix("fd00:a9fe:a9fe::1/128"), Metadata},  // Akamai (Linode)
	{netip.MustParsePrefix("fe80::/10"), LinkLocal},
	{netip.MustParsePrefix("fec0::/10"), SiteLocal},
	{netip.MustParsePrefix("ff00::/8"), Multicast},
	// Teredo carries two IPv4 addresses, the relay's and the client's, the latter
	// inverted. It is dead since 2019; a host that is reached so does not exist.
	{netip.MustParsePrefix("2001::/32"), Tunnel},
	// NAT64 for local use (RFC 8215): where in it the IPv4 address sits depends on a
	// prefix length that only the network's owner knows, so it cannot be judged.
	{netip.MustParsePrefix("64:ff9b:1::/48"), Tunnel},
}

// classify returns the class of an unmapped address that is always denied, or "".
func classify(addr netip.Addr) Class {
	for _, entry := range always {
		if entry.prefix.Contains(addr) {
			return entry.class
		}
	}
	return ""
}
