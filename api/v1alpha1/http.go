package v1alpha1

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

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

// HTTPScheme says whether a request goes over TLS.
type HTTPScheme string

const (
	// SchemeHTTP is a request in plain text.
	SchemeHTTP HTTPScheme = "HTTP"

	// SchemeHTTPS is a request over TLS.
	SchemeHTTPS HTTPScheme = "HTTPS"
)

// HTTPCheck passes when the response has an expected status and, where
// expectedBody is set, an expected body. Redirects are not followed: they are
// judged by their status.
//
// +kubebuilder:validation:XValidation:fieldPath=`.tls`,rule=`!has(self.tls) || self.scheme == 'HTTPS'`,message=`tls must not be set unless scheme is HTTPS`
// +kubebuilder:validation:XValidation:fieldPath=`.expectedBody`,rule=`!has(self.expectedBody) || self.method != 'HEAD'`,message=`expectedBody must not be set with method HEAD, whose answer has no body`
type HTTPCheck struct {
	// HTTP for plain text, HTTPS for TLS.
	// +optional
	// +kubebuilder:default=HTTP
	// +kubebuilder:validation:Enum=HTTP;HTTPS
	Scheme HTTPScheme `json:"scheme,omitempty"`

	// Method of the request: GET, HEAD or OPTIONS.
	// +optional
	// +kubebuilder:default=GET
	// +kubebuilder:validation:Enum=GET;HEAD;OPTIONS
	Method string `json:"method,omitempty"`

	// Path of the request, with its query if any, such as /healthz?full=1. It
	// starts with a slash.
	// +optional
	// +kubebuilder:default="/"
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule=`self.startsWith('/')`,message=`must start with a slash`
	// +kubebuilder:validation:XValidation:rule=`self.matches('^([!"$&-~]|%[0-9A-Fa-f]{2})*$')`,message=`must hold printable ASCII only, no spaces, no line breaks, no '#', and '%' only before two hexadecimal digits`
	Path string `json:"path,omitempty"`

	// Host header of the request: a lower-case DNS name or an IP address, with a port
	// or without, such as db.example.com:8080; an IPv6 address with a port stands in
	// brackets. Without the port it is also the TLS name when tls.serverName is absent.
	// The default is what a client sends that connects to the checked port: the host's
	// DNS name, of an SRV name its domain, else the host's IP address, and the port
	// where it is not 80, or 443 with HTTPS.
	// +optional
	Host Authority `json:"host,omitempty"`

	// Headers to send, at most 16.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule=`self.all(h, self.exists_one(o, o.name.lowerAscii() == h.name.lowerAscii()))`,message=`must not name a header twice, in upper or lower case`
	Headers []HTTPHeader `json:"headers,omitempty"`

	// Statuses that pass: numbers and rising ranges of them, within 100 to 599.
	// +optional
	// +listType=atomic
	// +kubebuilder:default={"200-399"}
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	ExpectedStatuses []StatusRange `json:"expectedStatuses,omitempty"`

	// What the first 8 KiB of the body must hold. Any body passes when absent. Not
	// with method HEAD.
	// +optional
	ExpectedBody *ExpectedBody `json:"expectedBody,omitempty"`

	// How the host's certificate is verified; only with scheme HTTPS.
	// +optional
	TLS *TLSSettings `json:"tls,omitempty"`
}

// HTTPHeader is one header of a request.
//
// +kubebuilder:validation:XValidation:fieldPath=`.valueFrom`,rule=`!has(self.valueFrom) || !has(self.value) || size(self.value) == 0`,message=`valueFrom must not be set beside value`
type HTTPHeader struct {
	// Name of the header. Host, Content-Length, Connection and Transfer-Encoding
	// are not allowed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[!#$%&\'*+.^_\x60|~0-9A-Za-z-]+$')`,message=`must be a header name: letters, digits, '-' and '_'`
	// +kubebuilder:validation:XValidation:rule=`!(self.lowerAscii() in ['host', 'content-length', 'connection', 'transfer-encoding'])`,message=`must not be Host, Content-Length, Connection or Transfer-Encoding; the field host sets the Host header`
	Name string `json:"name"`

	// Value of the header. It is stored in plain text, so it is no place for a
	// secret; valueFrom is.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[^\\x00-\\x08\\x0A-\\x1F\\x7F]*$')`,message=`must hold no line breaks or other control characters`
	Value string `json:"value,omitempty"`

	// Where the value is taken from instead. Needs an operator that was started
	// with --enable-references. What a Secret holds is sent only over verified TLS,
	// or where every host of this object is an IP address.
	// +optional
	ValueFrom *HeaderSource `json:"valueFrom,omitempty"`
}

// StatusRange is an HTTP status such as 200, or a rising range such as 200-399.
//
// +kubebuilder:validation:MaxLength=7
// +kubebuilder:validation:XValidation:rule=`self.matches('^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$') && (size(self) == 3 || self.substring(0, 3) < self.substring(4))`,message=`must be a status such as 200 or a rising range such as 200-399, within 100 to 599`
type StatusRange string

// Bounds returns the lowest and the highest status of the range.
func (r StatusRange) Bounds() (low, high int, err error) {
	first, last, isRange := strings.Cut(string(r), "-")
	if !isRange {
		last = first
	}

	low, lowErr := strconv.Atoi(first)
	high, highErr := strconv.Atoi(last)
	if lowErr != nil || highErr != nil || low < 100 || high > 599 || isRange && low >= high {
		return 0, 0, fmt.Errorf("status range %q must be a status or a rising range of them within 100 to 599", string(r))
	}

	return low, high, nil
}

// ExpectedBody says what a body must hold, in one of two ways.
//
// +kubebuilder:validation:XValidation:rule=`has(self.contains) != has(self.matches)`,message=`must set exactly one of contains and matches`
type ExpectedBody struct {
	// Text that the body contains.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Contains string `json:"contains,omitempty"`

	// RE2 regular expression that matches somewhere in the body, at most 256
	// characters. Its size is bounded: what is repeated by count, as in x{0,50}, counts
	// as often as it is repeated, and a check with a larger one is not accepted.
	// +optional
	Matches Pattern `json:"matches,omitempty"`
}

// Pattern is an RE2 regular expression, at most 256 characters long.
//
// kube-apiserver compiles it to see whether it is one, at a cost that its budget for rules
// does not cover: without the first two rules one of 1,024 characters took it 0.2 s. The
// third therefore looks only at patterns that meet those two. How large the compiled
// program may be is bounded by the prober.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:XValidation:rule=`!self.matches('[{][0-9,]*[0-9]{3}') && (!self.contains('){') || !self.matches('(?s)[)][{].*[)][{]') && !self.matches('[{][0-9,]*[0-9]{2}'))`,message=`must repeat by count at most 99 times, as in x{0,99}, and at most 9 times where a group is repeated, as in (ab){1,9}; only one group may be repeated by count`
// +kubebuilder:validation:XValidation:rule=`!self.matches('[(][?][A-Za-z-]*i') || !self.matches('(?s)-([^\\x00-\\x7f]|[\\\\]x[{])')`,message=`must not ignore case, as with (?i), beside a range that ends beyond ASCII`
// +kubebuilder:validation:XValidation:rule=`self.matches('[{][0-9,]*[0-9]{3}') || self.contains('){') && (self.matches('(?s)[)][{].*[)][{]') || self.matches('[{][0-9,]*[0-9]{2}')) || self.matches('[(][?][A-Za-z-]*i') && self.matches('(?s)-([^\\x00-\\x7f]|[\\\\]x[{])') || "".matches(self) in [true, false]`,message=`must be an RE2 regular expression`
type Pattern string
