package v1alpha1

// ReferenceLabel must have the value "true" on every Secret and ConfigMap that a check refers to:
// otherwise a user who may write ExternalServices could send any Secret of the namespace to a host
// of their choice.
const ReferenceLabel = "external-endpoints.io/probe"

// KeyReference is one key of a Secret or ConfigMap in the namespace of this
// object, labelled external-endpoints.io/probe: "true".
type KeyReference struct {
	// Name of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`!format.dns1123Subdomain().validate(self).hasValue()`,message=`must be the name of an object: lower-case letters, digits, '-' and '.', first and last a letter or digit`
	Name string `json:"name"`

	// Key within its data.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[-._a-zA-Z0-9]+$') && self != '.' && !self.startsWith('..')`,message=`must be a key of a Secret or ConfigMap: letters, digits, '-', '_' and '.', neither '.' nor anything that starts with '..'`
	Key string `json:"key"`
}

// CABundleReference names the object that holds certificates of authorities.
type CABundleReference struct {
	// Kind of the object: ConfigMap or Secret.
	// +optional
	// +kubebuilder:default=ConfigMap
	// +kubebuilder:validation:Enum=ConfigMap;Secret
	Kind string `json:"kind,omitempty"`

	KeyReference `json:",inline"`
}

// SecretReference names a Secret in the namespace of this object, labelled
// external-endpoints.io/probe: "true".
type SecretReference struct {
	// Name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`!format.dns1123Subdomain().validate(self).hasValue()`,message=`must be the name of an object: lower-case letters, digits, '-' and '.', first and last a letter or digit`
	Name string `json:"name"`
}

// HeaderSource says where the value of a header is taken from.
//
// +kubebuilder:validation:XValidation:rule=`has(self.secretKeyRef) != has(self.configMapKeyRef)`,message=`must set exactly one of secretKeyRef and configMapKeyRef`
type HeaderSource struct {
	// Key of a Secret.
	// +optional
	SecretKeyRef *KeyReference `json:"secretKeyRef,omitempty"`

	// Key of a ConfigMap.
	// +optional
	ConfigMapKeyRef *KeyReference `json:"configMapKeyRef,omitempty"`
}

// TLSVerification says against what the certificate of a host is verified, and
// what the prober shows of itself.
//
// +kubebuilder:validation:XValidation:fieldPath=`.caBundleRef`,rule=`!has(self.caBundleRef) || !has(self.caBundle) || size(self.caBundle) == 0`,message=`caBundleRef must not be set beside caBundle`
type TLSVerification struct {
	// Name to ask for and to verify: a lower-case DNS name or an IP address. The
	// default is the Host header of an http check, else the host's DNS name, else
	// its IP address. Of an SRV name it is the domain, without the two labels in
	// front: the target that a record names is no proof of who may answer.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`self == '' || isIP(self) || !format.dns1123Subdomain().validate(self).hasValue()`,message=`must be a lower-case DNS name or an IP address`
	ServerName string `json:"serverName,omitempty"`

	// Certificates of the authorities to trust, in PEM, at most 64 KiB. The
	// default is the system's.
	// +optional
	// +kubebuilder:validation:MaxLength=65536
	// +kubebuilder:validation:XValidation:rule=`self == '' || self.contains('-----BEGIN CERTIFICATE-----')`,message=`must hold certificates in PEM, -----BEGIN CERTIFICATE-----`
	// +kubebuilder:validation:XValidation:rule=`!self.contains('PRIVATE KEY-----')`,message=`must hold no private key`
	CABundle string `json:"caBundle,omitempty"`

	// ConfigMap or Secret that holds the authorities instead, in PEM. Needs an
	// operator that was started with --enable-references.
	// +optional
	CABundleRef *CABundleReference `json:"caBundleRef,omitempty"`

	// Secret with the certificate that the prober shows to the host, in the keys
	// tls.crt and tls.key. Needs an operator that was started with
	// --enable-references. With TLS 1.3 a host judges it after the handshake: an
	// http or grpc check notices when it is refused, a tls check does not.
	// +optional
	ClientCertificateRef *SecretReference `json:"clientCertificateRef,omitempty"`
}

// TLSSettings says how a check connects over TLS.
//
// +kubebuilder:validation:XValidation:fieldPath=`.caBundle`,rule=`!has(self.insecureSkipVerify) || !self.insecureSkipVerify || !has(self.caBundle) || size(self.caBundle) == 0`,message=`caBundle must not be set with insecureSkipVerify, which would not look at it`
// +kubebuilder:validation:XValidation:fieldPath=`.caBundleRef`,rule=`!has(self.insecureSkipVerify) || !self.insecureSkipVerify || !has(self.caBundleRef)`,message=`caBundleRef must not be set with insecureSkipVerify, which would not look at it`
// +kubebuilder:validation:XValidation:fieldPath=`.clientCertificateRef`,rule=`!has(self.insecureSkipVerify) || !self.insecureSkipVerify || !has(self.clientCertificateRef)`,message=`clientCertificateRef must not be set with insecureSkipVerify: a credential is shown only to a verified host`
type TLSSettings struct {
	TLSVerification `json:",inline"`

	// Accept any certificate. Whoever is on the path can then answer for the host.
	// +optional
	InsecureSkipVerify bool `json:"insecureSkipVerify,omitempty"`
}

// TLSCheck passes when a TLS handshake succeeds and the certificate is valid for
// long enough. Nothing is sent afterwards.
type TLSCheck struct {
	TLSVerification `json:",inline"`

	// Time that the host's certificate must still be valid, such as 168h; at most
	// 8760h. When absent it must only be valid now.
	// +optional
	// +kubebuilder:validation:XValidation:rule=`duration(self) <= duration('8760h')`,message=`must be at most 8760h`
	MinimumValidity Duration `json:"minimumValidity,omitempty"`
}
