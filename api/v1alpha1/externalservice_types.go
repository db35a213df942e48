package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ExternalService declares hosts outside the cluster and how to check them. The
// healthy ones receive the traffic of a Service in the same namespace.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=xsvc,categories=external-endpoints,scope=Namespaced
// +kubebuilder:selectablefield:JSONPath=`.spec.service.name`
// +kubebuilder:printcolumn:name="Service",type=string,JSONPath=`.status.serviceName`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Healthy",type=string,JSONPath=`.status.hosts.summary`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:validation:XValidation:fieldPath=`.spec.service.name`,rule=`has(self.spec.service.name) || size(self.metadata.name) <= 63 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,message=`service.name must be set, because metadata.name is no Service name: at most 63 lower-case letters, digits and '-', a letter first`
// +kubebuilder:validation:XValidation:fieldPath=`.spec.service.name`,rule=`(has(self.spec.service.name) ? self.spec.service.name : self.metadata.name) == (has(oldSelf.spec.service.name) ? oldSelf.spec.service.name : oldSelf.metadata.name)`,message=`service.name must not change; without it the name is metadata.name`
type ExternalService struct {
	metav1.TypeMeta `json:",inline"`

	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// What the user wants: the Service, its ports, the hosts and their check.
	// +required
	Spec ExternalServiceSpec `json:"spec"`

	// What the operator last saw and did.
	// +optional
	Status ExternalServiceStatus `json:"status,omitzero"`
}

// ExternalServiceList is a list of ExternalServices.
//
// +kubebuilder:object:root=true
type ExternalServiceList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []ExternalService `json:"items"`
}
