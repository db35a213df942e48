package v1alpha1

// GRPCCheck passes when grpc.health.v1 answers SERVING.
type GRPCCheck struct {
	// Service to ask about. When absent it is asked about the server as a whole.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[!-~]*$')`,message=`must hold printable ASCII only, no spaces, no line breaks`
	Service string `json:"service,omitempty"`

	// What the call names as its server, :authority, by which routers choose one: as
	// http.host, a lower-case DNS name or an IP address, with a port or without. Without
	// the port it is also the TLS name when tls.serverName is absent. The default is
	// tls.serverName where that is set, else what a client sends that connects to the
	// checked port: the host's DNS name, of an SRV name its domain, else the host's IP
	// address, and the port where it is not 80, or 443 with tls.
	// +optional
	Authority Authority `json:"authority,omitempty"`

	// Set it, if only to {}, to connect over TLS. Plain text when absent.
	// +optional
	TLS *TLSSettings `json:"tls,omitempty"`
}
