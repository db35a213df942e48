package v1alpha1

// GRPCCheck passes when grpc.health.v1 answers SERVING.
type GRPCCheck struct {
	// Service to ask about. When absent it is asked about the server as a whole.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[!-~]*$')`,message=`must hold printable ASCII only, no spaces, no line breaks`
	Service string `json:"service,omitempty"`

	// Set it, if only to {}, to connect over TLS. Plain text when absent.
	// +optional
	TLS *TLSSettings `json:"tls,omitempty"`
}
