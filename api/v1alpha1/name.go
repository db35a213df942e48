package v1alpha1

import (
	"net/netip"
	"strings"
)

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

// domain returns the name by which the host is known to itself: the DNS name, of
// an SRV name what is behind the service and the protocol, of an IP address
// nothing.
//
// The target of an SRV record would be what most certificates are made out to,
// but it comes from the DNS: whoever forges an answer would choose the name that
// is then verified (RFC 6125).
func (h Host) domain() string {
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

	return host.domain()
}

// EffectiveServerName returns the name that the certificate of a host must be
// valid for, or nothing when it is the IP address that is checked.
func (h HTTPCheck) EffectiveServerName(host Host) string {
	if h.TLS != nil && h.TLS.ServerName != "" {
		return h.TLS.ServerName
	}

	return h.EffectiveHost(host)
}

// EffectiveHost returns the Host header of a request to a host, or nothing when
// it is the IP address that is checked.
func (h HTTPCheck) EffectiveHost(host Host) string {
	if h.Host != "" {
		return h.Host
	}

	return host.domain()
}
