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
