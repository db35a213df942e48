package v1alpha1

import "net"

// Authority is what a request names as its server: a lower-case DNS name or an IP
// address, with a port or without.
//
// +kubebuilder:validation:MaxLength=259
// +kubebuilder:validation:XValidation:rule=`size(self) == 0 || isIP(self) || (self.startsWith('[') ? self.matches('^[[][0-9a-f:.]+[]]:[1-9][0-9]{0,4}$') && isIP(self.substring(1, self.lastIndexOf(']'))) : !format.dns1123Subdomain().validate(self.matches(':[1-9][0-9]{0,4}$') ? self.substring(0, self.lastIndexOf(':')) : self).hasValue())`,message=`must be a lower-case DNS name or an IP address, with a port or without: db.example.com, db.example.com:8080, [2001:db8::1]:8080`
// +kubebuilder:validation:XValidation:rule=`isIP(self) || !self.matches(':[1-9][0-9]{0,4}$') || int(self.substring(self.lastIndexOf(':') + 1)) <= 65535`,message=`must have a port from 1 to 65535, or none`
type Authority string

// Name returns the name or address without the port.
func (a Authority) Name() string {
	if name, _, err := net.SplitHostPort(string(a)); err == nil {
		return name
	}

	return string(a) // without a port
}
