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
