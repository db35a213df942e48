package v1alpha1

// TCPCheck passes when a TCP connection is made and, where expect is set, the
// reply holds it.
type TCPCheck struct {
	// What to send after connecting: text, or base64: and bytes. Nothing when
	// absent.
	// +optional
	Send Payload `json:"send,omitempty"`

	// What the reply must contain: text, or base64: and bytes. When absent, the
	// connection is enough.
	// +optional
	Expect Payload `json:"expect,omitempty"`
}

// UDPCheck passes when the reply holds what is expected; without an expectation,
// when the host does not report the port as unreachable within the timeout.
type UDPCheck struct {
	// What the datagram holds: text, or base64: and bytes. An empty datagram is
	// sent when absent.
	// +optional
	Send Payload `json:"send,omitempty"`

	// What the reply must contain: text, or base64: and bytes. When absent, the
	// host is healthy unless ICMP says that the port is unreachable.
	// +optional
	Expect Payload `json:"expect,omitempty"`
}
