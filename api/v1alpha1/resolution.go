package v1alpha1

import corev1 "k8s.io/api/core/v1"

// Resolution says how DNS names among the hosts are resolved. Names are
// absolute: no search domain is tried. Without names it changes nothing.
//
// +kubebuilder:validation:XValidation:fieldPath=`.maxTTL`,rule=`!has(self.minTTL) || !has(self.maxTTL) || duration(self.minTTL) <= duration(self.maxTTL)`,message=`maxTTL must not be shorter than minTTL, which is 5s where it is not set`
type Resolution struct {
	// IP families to ask for: IPv4 for A records, IPv6 for AAAA records. The
	// default is the families of the Service.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=2
	// +kubebuilder:validation:items:Enum=IPv4;IPv6
	// +kubebuilder:validation:XValidation:rule=`size(self) < 2 || self[0] != self[1]`,message=`must not name a family twice`
	Families []corev1.IPFamily `json:"families,omitempty"`

	// Most addresses that one name may give, 1 to 256. Those in use are kept first.
	// +optional
	// +kubebuilder:default=64
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=256
	MaxAddresses int32 `json:"maxAddresses,omitempty"`

	// Shortest time between two lookups of a name, whatever TTL the answer has; 1s
	// to 1h. A name that cannot be resolved is asked for again within 30s all the same.
	// +optional
	// +kubebuilder:default="5s"
	// +kubebuilder:validation:XValidation:rule=`duration(self) >= duration('1s') && duration(self) <= duration('1h')`,message=`must be between 1s and 1h`
	MinTTL Duration `json:"minTTL,omitempty"`

	// Longest time between two lookups of a name, whatever TTL the answer has; 1s
	// to 24h, and not shorter than minTTL.
	// +optional
	// +kubebuilder:default="1h"
	// +kubebuilder:validation:XValidation:rule=`duration(self) >= duration('1s') && duration(self) <= duration('24h')`,message=`must be between 1s and 24h`
	MaxTTL Duration `json:"maxTTL,omitempty"`

	// How long the last good answer outlives a name that cannot be resolved any
	// more, once the checks of its addresses fail too; 0s to 720h. While they pass
	// it stays without limit.
	// +optional
	// +kubebuilder:default="24h"
	// +kubebuilder:validation:XValidation:rule=`duration(self) <= duration('720h')`,message=`must be at most 720h`
	KeepFor Duration `json:"keepFor,omitempty"`
}
