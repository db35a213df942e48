package v1alpha1

import "k8s.io/apimachinery/pkg/util/intstr"

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
