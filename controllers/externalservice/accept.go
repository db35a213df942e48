package externalservice

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// stance is what to do about an object's hosts.
type stance uint8

const (
	// publish: check the hosts and publish them.
	publish stance = iota
	// maintain: begin nothing, but go on with what is published already. What is
	// wrong does not make the published hosts wrong, and taking them out would
	// turn a conflict into an outage.
	maintain
	// withdraw: check nothing and take our slices back.
	withdraw
	// observe: check the hosts, and leave what is published as it is.
	observe
)

// acceptance says whether the spec can be acted on.
type acceptance struct {
	reason, message string
	stance          stance
	// stalled: waiting will not cure it.
	stalled bool
}

func (a acceptance) accepted() bool { return a.reason == v1alpha1.ReasonAccepted }

// standsBack reports whether nothing is checked, and what is ours is taken back.
func (a acceptance) standsBack(f facts) bool {
	return a.stance == withdraw || a.stance == maintain && !f.attached()
}

// refusal is one cause not to accept a spec; nil: no objection.
type refusal func(facts) *acceptance

// refusals are asked in this order; the first objection counts.
var refusals = []refusal{claimed, missing, occupied, externalName, selecting, portMismatch, foreignSlices, foreignEndpoints}

// accept asks every refusal in turn. In mode Observe they say what Publish would
// run into, and nothing is done about it.
func accept(f facts) acceptance {
	a := judge(f)
	switch {
	case f.observes():
		a.stance = observe
	case f.terminating() && a.accepted():
		a.stance, a.message = maintain, fmt.Sprintf("this ExternalService is being deleted; until it is gone the hosts that Service %s "+
			"carries are checked, and nothing is created", f.serviceKey().Name)
	}
	return a
}

func judge(f facts) acceptance {
	for _, refuse := range refusals {
		if objection := refuse(f); objection != nil {
			return *objection
		}
	}
	return acceptance{
		reason:  v1alpha1.ReasonAccepted,
		stance:  publish,
		message: fmt.Sprintf(acceptedAs(f), f.serviceKey().Name),
	}
}

// acceptedAs is the format of what is said of the Service of an accepted spec.
func acceptedAs(f facts) string {
	switch {
	case !f.observes():
		return "Service %s carries the healthy hosts"
	case f.service == nil:
		return "Service %s does not exist; with spec.mode: Publish it would be created and carry the healthy hosts"
	default:
		return "Service %s would carry the healthy hosts with spec.mode: Publish"
	}
}

func claimed(f facts) *acceptance {
	if f.rival == nil {
		return nil
	}
	return &acceptance{
		reason: v1alpha1.ReasonClaimed, stance: withdraw, stalled: true,
		message: fmt.Sprintf("Service %s is claimed by the older ExternalService %s", f.serviceKey().Name, f.rival.Name),
	}
}

func missing(f facts) *acceptance {
	if f.service != nil || f.managed() && !f.terminating() {
		return nil
	}
	if f.terminating() {
		return &acceptance{
			reason: v1alpha1.ReasonServiceNotFound, stance: withdraw, stalled: true,
			message: fmt.Sprintf("Service %s does not exist, and none is created for an ExternalService that is being deleted", f.serviceKey().Name),
		}
	}
	return &acceptance{
		reason: v1alpha1.ReasonServiceNotFound, stance: withdraw,
		message: fmt.Sprintf("Service %s does not exist; with service.management: Existing it must be created by its owner",
			f.serviceKey().Name),
	}
}

// occupied: the Service that we would own is somebody else's.
func occupied(f facts) *acceptance {
	if f.service == nil || !f.managed() || ownsService(f.object, f.service) {
		return nil
	}
	return &acceptance{
		reason: v1alpha1.ReasonServiceConflict, stance: withdraw, stalled: true,
		message: fmt.Sprintf("Service %s exists and was not created for this ExternalService; "+
			"delete it, choose another service.name, or set service.management: Existing", f.service.Name),
	}
}

func externalName(f facts) *acceptance {
	if f.service == nil || f.service.Spec.Type != corev1.ServiceTypeExternalName {
		return nil
	}
	return &acceptance{
		reason: v1alpha1.ReasonServiceTypeUnsupported, stance: withdraw, stalled: true,
		message: fmt.Sprintf("Service %s is of type ExternalName, which has no endpoints", f.service.Name),
	}
}

// selecting: Kubernetes itself writes the endpoints of a Service with a selector.
func selecting(f facts) *acceptance {
	if f.service == nil || len(f.service.Spec.Selector) == 0 {
		return nil
	}
	return &acceptance{
		reason: v1alpha1.ReasonServiceHasSelector, stance: withdraw, stalled: true,
		message: fmt.Sprintf("Service %s has a selector, so its endpoints are the Pods that it selects; it must have none",
			f.service.Name),
	}
}

func portMismatch(f facts) *acceptance {
	if f.service == nil || f.managed() {
		return nil
	}
	var lacking []string
	for _, port := range f.object.Spec.Ports {
		if _, found := servicePort(f.service, port); !found {
			lacking = append(lacking, fmt.Sprintf("%s %d/%s", port.Name, port.Port, port.EffectiveProtocol()))
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return &acceptance{
		reason: v1alpha1.ReasonPortMismatch, stance: maintain, stalled: true,
		message: fmt.Sprintf("Service %s has no port %s; spec.ports must have the Service's names, numbers and protocols",
			f.service.Name, strings.Join(lacking, ", ")),
	}
}

// foreignSlices: kube-proxy merges all slices of a Service, so hosts that
// somebody else lists would go on getting traffic whatever we find. Whoever only
// observes expects them: it is somebody else who publishes meanwhile.
func foreignSlices(f facts) *acceptance {
	if len(f.foreign) == 0 || f.observes() {
		return nil
	}
	names := make([]string, len(f.foreign))
	for i, slice := range f.foreign {
		names[i] = slice.Name
	}
	slices.Sort(names)
	return &acceptance{
		reason: v1alpha1.ReasonServiceConflict, stance: maintain, stalled: true,
		message: fmt.Sprintf("Service %s has EndpointSlices of somebody else: %s; delete those that are left over",
			f.serviceKey().Name, shortList(names)),
	}
}

// foreignEndpoints: Endpoints that nobody controls are taken over; those that a
// controller looks after would be written back. They too are expected by whoever
// only observes.
func foreignEndpoints(f facts) *acceptance {
	if f.endpoints == nil || !f.writeEndpoints || f.observes() {
		return nil
	}
	owner := metav1.GetControllerOf(f.endpoints)
	if owner == nil || owner.UID == f.object.UID {
		return nil
	}
	return &acceptance{
		reason: v1alpha1.ReasonServiceConflict, stance: maintain, stalled: true,
		message: fmt.Sprintf("Endpoints %s are controlled by %s %s; delete them, or set publish.endpoints: false",
			f.endpoints.Name, owner.Kind, owner.Name),
	}
}

// servicePort finds the Service's port for a port of the spec. A Service with a
// single port may leave it unnamed; then its number says which it is.
func servicePort(service *corev1.Service, port v1alpha1.Port) (corev1.ServicePort, bool) {
	for _, candidate := range service.Spec.Ports {
		protocol := candidate.Protocol
		if protocol == "" {
			protocol = corev1.ProtocolTCP
		}
		named := candidate.Name == port.Name || candidate.Name == ""
		if named && candidate.Port == port.Port && protocol == port.EffectiveProtocol() {
			return candidate, true
		}
	}
	return corev1.ServicePort{}, false
}

// portNamesOf returns the Service's names for the spec's ports, where they differ.
func portNamesOf(object *v1alpha1.ExternalService, service *corev1.Service) map[string]string {
	names := map[string]string{}
	if service == nil || object.Spec.Service.Management != v1alpha1.ServiceExisting {
		return names
	}
	if len(object.Spec.Ports) == 1 && len(service.Spec.Ports) == 1 && service.Spec.Ports[0].Name == "" {
		// Whatever its number: one that was changed is a mismatch to be told, and
		// no cause to take the hosts off the port.
		names[object.Spec.Ports[0].Name] = ""
		return names
	}
	for _, port := range object.Spec.Ports {
		if found, ok := servicePort(service, port); ok && found.Name != port.Name {
			names[port.Name] = found.Name
		}
	}
	return names
}

// ownsService reports whether the Service was created for the object, by this
// operator or by one before it that orphaned the Service.
func ownsService(object *v1alpha1.ExternalService, service *corev1.Service) bool {
	if owner := metav1.GetControllerOf(service); owner != nil {
		return owner.UID == object.UID
	}
	return service.Labels[managedByLabel] == v1alpha1.ManagedBy
}

// given narrows an acceptance by what was found when the spec was laid out.
func (a acceptance) given(l layout) acceptance {
	switch {
	case !a.accepted():
	case l.exceeded != "":
		a = acceptance{reason: v1alpha1.ReasonLimitExceeded, message: l.exceeded, stalled: true}
	case l.err != nil:
		// What a check refers to may still come, from another hand than the spec.
		var missing missingReferent
		a = acceptance{reason: v1alpha1.ReasonInvalidHost, message: oneLine(l.err), stalled: !errors.As(l.err, &missing)}
	case len(l.invalid) > 0:
		a = acceptance{
			reason: v1alpha1.ReasonInvalidHost, stalled: true,
			message: fmt.Sprintf("spec.hosts: address %q must be a canonical IPv4 or IPv6 address, or a DNS name", l.invalid[0]),
		}
	}
	return a
}
