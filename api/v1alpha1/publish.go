package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// FailureAction says who is published when too few hosts are healthy.
type FailureAction string

const (
	// ActionKeepLast: those that were published when the outage began, and every
	// host that recovers.
	ActionKeepLast FailureAction = "KeepLast"

	// ActionPublishAll: every Active host.
	ActionPublishAll FailureAction = "PublishAll"

	// ActionPublishNone: the healthy hosts only, perhaps none.
	ActionPublishNone FailureAction = "PublishNone"
)

// FailurePolicy says when too few hosts are healthy, and what happens then.
type FailurePolicy struct {
	// How many hosts must be healthy, as a number from 1 to 1000 or as a share of
	// the Active hosts from "1%" to "100%", rounded up. Each address of a name is a
	// host; a name without any is none. Where hosts have different
	// priorities it counts for each priority by itself. Leaving an outage takes one
	// healthy host more, or all of them, or as many as this that have succeeded
	// 3 x healthyThreshold times in a row.
	// +optional
	// +kubebuilder:default=1
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:XValidation:rule=`type(self) == int ? self >= 1 && self <= 1000 : string(self).matches('^([1-9][0-9]?|100)%$')`,message=`must be a number from 1 to 1000 or a percentage from "1%" to "100%"`
	MinHealthy *intstr.IntOrString `json:"minHealthy,omitempty"`

	// Who is published below minHealthy. KeepLast: those that were published when
	// the outage began, and every host that recovers. PublishAll: every Active
	// host. PublishNone: the healthy hosts only, perhaps none; the choice for checks
	// that only one host passes, such as the role of a database.
	// +optional
	// +kubebuilder:default=KeepLast
	// +kubebuilder:validation:Enum=KeepLast;PublishAll;PublishNone
	Action FailureAction `json:"action,omitempty"`
}

// UnhealthyHostPolicy says what becomes of an unhealthy host in the slices.
type UnhealthyHostPolicy string

const (
	// UnhealthyKeep leaves the host in its EndpointSlice, marked not ready.
	UnhealthyKeep UnhealthyHostPolicy = "Keep"

	// UnhealthyRemove takes the host out of its EndpointSlice.
	UnhealthyRemove UnhealthyHostPolicy = "Remove"
)

// Publish says what is written for the consumers of the Service.
type Publish struct {
	// Whether the v1 Endpoints object is written too, for consumers that do not
	// read EndpointSlices.
	// +optional
	// +kubebuilder:default=true
	Endpoints *bool `json:"endpoints,omitempty"`

	// What becomes of an unhealthy host. Keep: it stays in its EndpointSlice with
	// ready=false, which most consumers want. Remove: it is taken out, for
	// consumers such as Envoy that count not-ready endpoints or send to them.
	// +optional
	// +kubebuilder:default=Keep
	// +kubebuilder:validation:Enum=Keep;Remove
	UnhealthyHosts UnhealthyHostPolicy `json:"unhealthyHosts,omitempty"`
}

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
