package v1alpha1

import (
	"net/netip"
	"strings"
)

// HostState is what the user wants of a host.
type HostState string

const (
	// HostActive: the host is checked and gets traffic while it is healthy.
	HostActive HostState = "Active"

	// HostDrain: the host gets no new connections; consumers that know draining
	// endpoints keep the ones it has.
	HostDrain HostState = "Drain"

	// HostDisabled: the host is neither checked nor published.
	HostDisabled HostState = "Disabled"
)

// Host is one outside host, or those that a DNS name stands for.
//
// +kubebuilder:validation:XValidation:fieldPath=`.ports`,rule=`!self.address.startsWith('_') || !has(self.ports)`,message=`ports must not be set beside an SRV name, whose record says the port`
type Host struct {
	// Address of the host, unique in this object: an IPv4 or IPv6 address in its
	// canonical form, a DNS name such as db.example.com, or an SRV name such as
	// _pg._tcp.example.com.
	//
	// Loopback, unspecified, link-local, site-local, multicast, broadcast, reserved,
	// 6to4 relay and metadata addresses are refused, also inside IPv6 addresses that embed them;
	// those that a name resolves to are judged in the same way before they are
	// checked or published.
	//
	// A name is in lower case, at most 253 characters long, and absolute: it has at
	// least two labels, no search domain is added, and a dot at its end is refused,
	// so that no name can be written in two ways. Each of its addresses is checked
	// and published by itself. Refused are names that end in .svc, .cluster.local or
	// .localhost, and names whose last label is a number, which other programs
	// take for IPv4 addresses.
	//
	// An SRV name starts with a service and one of _tcp, _udp and _sctp, which must
	// be the protocol of the port in spec.ports; there must be only one. The
	// record's port is used instead of targetPort, and its priority is added to
	// that of the host. Weights are not used.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`self.endsWith('.') || (isIP(self) ? ip.isCanonical(self) : self.matches('^(_[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?[.]_(tcp|udp|sctp)[.])?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?([.][a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$'))`,message=`must be a canonical IPv4 or IPv6 address, a lower-case DNS name such as db.example.com, or an SRV name such as _pg._tcp.example.com`
	// +kubebuilder:validation:XValidation:rule=`!self.endsWith('.')`,message=`must not end in a dot: a name is absolute without it`
	// +kubebuilder:validation:XValidation:rule=`!self.matches('^(_[^.]+[.]_[^.]+[.])?[^.:]+$')`,message=`must be an absolute name of at least two labels, such as db.example.com: no search domain is added`
	// +kubebuilder:validation:XValidation:rule=`isIP(self) || !self.matches('(^|[.])([0-9]+|0x[0-9a-f]*)$')`,message=`must be a canonical IPv4 address, or a name whose last label is no number: others are taken for IPv4 addresses`
	// +kubebuilder:validation:XValidation:rule=`!self.matches('(^|[.])(svc|cluster[.]local|localhost)$')`,message=`must not be a name inside the cluster or of the machine itself: none that ends in .svc, .cluster.local or .localhost`
	// +kubebuilder:validation:XValidation:rule=`!isIP(self) || ip(self).family() == 6 || ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '192.88.99.0/24', '224.0.0.0/4', '240.0.0.0/4', '100.100.100.200/32', '168.63.129.16/32'].all(c, !cidr(c).containsIP(self))`,message=`must not be a loopback, unspecified, link-local, multicast, reserved, broadcast, 6to4 relay or metadata address`
	// +kubebuilder:validation:XValidation:rule=`!isIP(self) || ip(self).family() == 4 || ['::/128', '::1/128', 'fe80::/10', 'fec0::/10', 'ff00::/8', 'fd00:ec2::254/128', 'fd00:ec2::23/128', 'fd20:ce::254/128', 'fd00:c1::a9fe:a9fe/128', 'fd00:42::42/128', 'fd00:a9fe:a9fe::1/128'].all(c, !cidr(c).containsIP(self))`,message=`must not be a loopback, unspecified, link-local, site-local, multicast or metadata address`
	// +kubebuilder:validation:XValidation:rule=`!isIP(self) || ip(self).family() == 4 || ['::/104', '::7f00:0/104', '::a9fe:0/112', '::c000:0/120', '::c058:6300/120', '::e000:0/100', '::f000:0/100', '::6464:64c8/128', '::a83f:8110/128'].all(c, !cidr(c).containsIP(self))`,message=`must not be an IPv4-compatible form of a denied IPv4 address`
	// +kubebuilder:validation:XValidation:rule=`!isIP(self) || ip(self).family() == 4 || ['::ffff:0:0:0/104', '::ffff:0:7f00:0/104', '::ffff:0:a9fe:0/112', '::ffff:0:c000:0/120', '::ffff:0:c058:6300/120', '::ffff:0:e000:0/100', '::ffff:0:f000:0/100', '::ffff:0:6464:64c8/128', '::ffff:0:a83f:8110/128'].all(c, !cidr(c).containsIP(self))`,message=`must not be an IPv4-translated form of a denied IPv4 address`
	// +kubebuilder:validation:XValidation:rule=`!isIP(self) || ip(self).family() == 4 || ['64:ff9b::/104', '64:ff9b::7f00:0/104', '64:ff9b::a9fe:0/112', '64:ff9b::c000:0/120', '64:ff9b::c058:6300/120', '64:ff9b::e000:0/100', '64:ff9b::f000:0/100', '64:ff9b::6464:64c8/128', '64:ff9b::a83f:8110/128'].all(c, !cidr(c).containsIP(self))`,message=`must not be a NAT64 form of a denied IPv4 address`
	// +kubebuilder:validation:XValidation:rule=`!isIP(self) || ip(self).family() == 4 || ['2002::/24', '2002:7f00::/24', '2002:a9fe::/32', '2002:c000::/40', '2002:c058:6300::/40', '2002:e000::/20', '2002:f000::/20', '2002:6464:64c8::/48', '2002:a83f:8110::/48'].all(c, !cidr(c).containsIP(self))`,message=`must not be a 6to4 form of a denied IPv4 address`
	// +kubebuilder:validation:XValidation:rule=`!isIP(self) || ip(self).family() == 4 || ['2001::/32', '64:ff9b:1::/48'].all(c, !cidr(c).containsIP(self))`,message=`must not be a Teredo address or of NAT64 for local use: the IPv4 address inside cannot be judged`
	// +kubebuilder:validation:XValidation:rule=`!isIP(self) || !self.matches('(::|:0:|:200:)5efe:([0-9a-f]{1,2}:[0-9a-f]{1,4}|(7f[0-9a-f]{2}|a9fe|[ef][0-9a-f]{3}):[0-9a-f]{1,4}|c000:[0-9a-f]{1,2}|c058:63[0-9a-f]{2}|6464:64c8|a83f:8110)$|^([0-9a-f]+:){4}(0|200):5efe::$')`,message=`must not be an ISATAP form of a denied IPv4 address`
	Address string `json:"address"`

	// What to do with the host. Active: check it and send it traffic while it is
	// healthy. Drain: no new connections. Disabled: as if it were not listed.
	// +optional
	// +kubebuilder:default=Active
	// +kubebuilder:validation:Enum=Active;Drain;Disabled
	State HostState `json:"state,omitempty"`

	// Tier of the host, 0 to 1000, lower first; to that of an SRV name the record's
	// own priority is added. Hosts of the lowest priority that has
	// enough healthy ones get the traffic; the others stand by and are checked. When
	// a tier falls below failurePolicy.minHealthy, the next one is added in the same
	// write; it goes again when the upper one has been healthy for three times its
	// healthyThreshold.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Priority int32 `json:"priority,omitempty"`

	// Zone in which the host is, for routing that prefers near endpoints; the
	// form of a label value. All addresses of a name are in it.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule=`!format.labelValue().validate(self).hasValue()`,message=`must be a label value: letters, digits, '-', '_' and '.', first and last a letter or digit`
	Zone string `json:"zone,omitempty"`

	// Name of the host below the DNS name of a headless Service: a DNS label.
	// Other Services publish it too, and DNS ignores it there. All addresses of a
	// name have it.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,message=`must be a DNS label: lower-case letters, digits and '-', first and last no '-'`
	Hostname string `json:"hostname,omitempty"`

	// Ports of this host that differ from the targetPort of spec.ports. Not for an
	// SRV name, whose record says the port.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Ports []HostPort `json:"ports,omitempty"`
}

// HostPort is the port on which one host serves a port of the Service.
type HostPort struct {
	// Name of the port in spec.ports.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`

	// Port on which this host listens instead, 1 to 65535.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	TargetPort int32 `json:"targetPort"`
}

// srvMark begins an SRV name, and no other address.
const srvMark = "_"

// IsName says whether the address is a DNS name, an SRV name included, that has
// to be looked up, and not an IP address.
func (h Host) IsName() bool {
	_, err := netip.ParseAddr(h.Address)

	return err != nil
}

// IsSRV says whether the address is an SRV name, such as _pg._tcp.example.com.
func (h Host) IsSRV() bool { return strings.HasPrefix(h.Address, srvMark) }

// Domain returns the name by which the host knows itself: the DNS name, for an SRV name the part
// behind the service and the protocol, for an IP address nothing.
//
// Most certificates are valid for the target of an SRV record. But the target comes from DNS: a
// forged answer would choose the name that is then verified (RFC 6125).
func (h Host) Domain() string {
	switch {
	case !h.IsName():
		return ""
	case h.IsSRV():
		_, rest, _ := strings.Cut(h.Address, ".")
		_, domain, _ := strings.Cut(rest, ".")

		return domain
	default:
		return h.Address
	}
}

// EffectiveServerName returns the name that the certificate of a host must be
// valid for, or nothing when it is the IP address that is checked.
func (v TLSVerification) EffectiveServerName(host Host) string {
	if v.ServerName != "" {
		return v.ServerName
	}

	return host.Domain()
}

// EffectiveServerName returns the name that the certificate of a host must be
// valid for, or nothing when it is the IP address that is checked.
func (h HTTPCheck) EffectiveServerName(host Host) string {
	return h.TLS.effectiveServerName(h.Host, host)
}

// EffectiveServerName returns the name that the certificate of a host must be
// valid for, or nothing when it is the IP address that is checked.
func (g GRPCCheck) EffectiveServerName(host Host) string {
	return g.TLS.effectiveServerName(g.Authority, host)
}

// EffectiveAuthority returns what a call names as its server, or nothing when that
// follows from the host and the checked port. A server name that is set is what gRPC
// clients send that verify another name than they connect to.
func (g GRPCCheck) EffectiveAuthority() string {
	if g.Authority == "" && g.TLS != nil {
		return g.TLS.ServerName
	}

	return string(g.Authority)
}

func (t *TLSSettings) effectiveServerName(authority Authority, host Host) string {
	switch {
	case t != nil && t.ServerName != "":
		return t.ServerName
	case authority != "":
		return authority.Name()
	default:
		return host.Domain()
	}
}
