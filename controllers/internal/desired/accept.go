package desired

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/text"
)

// Action is what to do about an object's hosts.
type Action uint8

const (
	// Publish: check the hosts and publish them.
	Publish Action = iota
	// Maintain: begin nothing, but go on with what is published already. What is
	// wrong does not make the published hosts wrong, and taking them out would
	// turn a conflict into an outage.
	Maintain
	// Withdraw: check nothing and take our slices back.
	Withdraw
	// Observe: check the hosts, and leave what is published as it is.
	Observe
)

// Acceptance says whether the spec can be acted on.
type Acceptance struct {
	Reason, Message string
	Action          Action
	// Stalled: waiting will not cure it.
	Stalled bool
}

// Accepted reports whether nothing objects to the spec.
func (a Acceptance) Accepted() bool { return a.Reason == v1alpha1.ReasonAccepted }

// Withdraws reports whether nothing is checked, and what is ours is taken back.
func (a Acceptance) Withdraws(f facts.Facts) bool {
	return a.Action == Withdraw || a.Action == Maintain && !f.Attached()
}

// refusal is one cause not to accept a spec; nil: no objection.
type refusal func(facts.Facts) *Acceptance

// refusals are checked in this order; the first objection counts.
var refusals = []refusal{claimed, missing, occupied, externalName, selecting, portMismatch, foreignSlices, foreignEndpoints}

// Accept checks every refusal in turn. In mode Observe the result says what Publish would run
// into, and nothing else follows from it.
func Accept(f facts.Facts) Acceptance {
	a := judge(f)
	switch {
	case f.Observes():
		a.Action = Observe
	case f.Terminating() && a.Accepted():
		a.Action, a.Message = Maintain, fmt.Sprintf("this ExternalService is being deleted; until it is gone the hosts that Service %s "+
			"carries are checked, and nothing is created", f.ServiceKey().Name)
	}
	return a
}

func judge(f facts.Facts) Acceptance {
	for _, refuse := range refusals {
		if objection := refuse(f); objection != nil {
			return *objection
		}
	}
	return Acceptance{
		Reason:  v1alpha1.ReasonAccepted,
		Action:  Publish,
		Message: fmt.Sprintf(acceptedAs(f), f.ServiceKey().Name),
	}
}

// acceptedAs is the format of what is said of the Service of an accepted spec.
func acceptedAs(f facts.Facts) string {
	switch {
	case !f.Observes():
		return "Service %s carries the healthy hosts"
	case f.Service == nil:
		return "Service %s does not exist; with spec.mode: Publish it would be created and carry the healthy hosts"
	default:
		return "Service %s would carry the healthy hosts with spec.mode: Publish"
	}
}

func claimed(f facts.Facts) *Acceptance {
	if f.Rival == nil {
		return nil
	}
	return &Acceptance{
		Reason: v1alpha1.ReasonClaimed, Action: Withdraw, Stalled: true,
		Message: fmt.Sprintf("Service %s is claimed by the older ExternalService %s", f.ServiceKey().Name, f.Rival.Name),
	}
}

func missing(f facts.Facts) *Acceptance {
	if f.Service != nil || f.Managed() && !f.Terminating() {
		return nil
	}
	if f.Terminating() {
		return &Acceptance{
			Reason: v1alpha1.ReasonServiceNotFound, Action: Withdraw, Stalled: true,
			Message: fmt.Sprintf("Service %s does not exist, and none is created for an ExternalService that is being deleted", f.ServiceKey().Name),
		}
	}
	return &Acceptance{
		Reason: v1alpha1.ReasonServiceNotFound, Action: Withdraw,
		Message: fmt.Sprintf("Service %s does not exist; with service.management: Existing it must be created by its owner",
			f.ServiceKey().Name),
	}
}

// occupied: the Service that we would own belongs to another owner.
func occupied(f facts.Facts) *Acceptance {
	if f.Service == nil || !f.Managed() || ownsService(f.Object, f.Service) {
		return nil
	}
	return &Acceptance{
		Reason: v1alpha1.ReasonServiceConflict, Action: Withdraw, Stalled: true,
		Message: fmt.Sprintf("Service %s exists and was not created for this ExternalService; "+
			"delete it, choose another service.name, or set service.management: Existing", f.Service.Name),
	}
}

func externalName(f facts.Facts) *Acceptance {
	if f.Service == nil || f.Service.Spec.Type != corev1.ServiceTypeExternalName {
		return nil
	}
	return &Acceptance{
		Reason: v1alpha1.ReasonServiceTypeUnsupported, Action: Withdraw, Stalled: true,
		Message: fmt.Sprintf("Service %s is of type ExternalName, which has no endpoints", f.Service.Name),
	}
}

// selecting: Kubernetes itself writes the endpoints of a Service with a selector.
func selecting(f facts.Facts) *Acceptance {
	if f.Service == nil || len(f.Service.Spec.Selector) == 0 {
		return nil
	}
	return &Acceptance{
		Reason: v1alpha1.ReasonServiceHasSelector, Action: Withdraw, Stalled: true,
		Message: fmt.Sprintf("Service %s has a selector, so its endpoints are the Pods that it selects; it must have none",
			f.Service.Name),
	}
}

func portMismatch(f facts.Facts) *Acceptance {
	if f.Service == nil || f.Managed() {
		return nil
	}
	var lacking []string
	for _, port := range f.Object.Spec.Ports {
		if _, found := servicePort(f.Service, port); !found {
			lacking = append(lacking, fmt.Sprintf("%s %d/%s", port.Name, port.Port, port.EffectiveProtocol()))
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return &Acceptance{
		Reason: v1alpha1.ReasonPortMismatch, Action: Maintain, Stalled: true,
		Message: fmt.Sprintf("Service %s has no port %s; spec.ports must have the Service's names, numbers and protocols",
			f.Service.Name, strings.Join(lacking, ", ")),
	}
}

// foreignSlices: kube-proxy merges all slices of a Service, so hosts in another writer's slices
// would get traffic whatever their health. Mode Observe expects them: another writer publishes.
func foreignSlices(f facts.Facts) *Acceptance {
	if len(f.Foreign) == 0 || f.Observes() {
		return nil
	}
	names := make([]string, len(f.Foreign))
	for i, slice := range f.Foreign {
		names[i] = slice.Name
	}
	slices.Sort(names)
	return &Acceptance{
		Reason: v1alpha1.ReasonServiceConflict, Action: Maintain, Stalled: true,
		Message: fmt.Sprintf("Service %s has EndpointSlices of somebody else: %s; delete those that are left over",
			f.ServiceKey().Name, text.ShortList(names)),
	}
}

// foreignEndpoints: Endpoints without a controller are taken over; a controller would write
// its own back. Mode Observe expects them too.
func foreignEndpoints(f facts.Facts) *Acceptance {
	if f.Endpoints == nil || !f.WriteEndpoints || f.Observes() {
		return nil
	}
	owner := metav1.GetControllerOf(f.Endpoints)
	if owner == nil || owner.UID == f.Object.UID {
		return nil
	}
	return &Acceptance{
		Reason: v1alpha1.ReasonServiceConflict, Action: Maintain, Stalled: true,
		Message: fmt.Sprintf("Endpoints %s are controlled by %s %s; delete them, or set publish.endpoints: false",
			f.Endpoints.Name, owner.Kind, owner.Name),
	}
}

// WithLayout narrows an acceptance by what was found when the spec was laid out.
func (a Acceptance) WithLayout(l hosts.Layout) Acceptance {
	switch {
	case !a.Accepted():
	case l.Exceeded != "":
		a = Acceptance{Reason: v1alpha1.ReasonLimitExceeded, Message: l.Exceeded, Stalled: true}
	case l.Err != nil:
		// What a check refers to may still come, from another hand than the spec.
		var missing checks.ReferenceError
		a = Acceptance{Reason: v1alpha1.ReasonInvalidHost, Message: text.OneLine(l.Err), Stalled: !errors.As(l.Err, &missing)}
	case len(l.Invalid) > 0:
		a = Acceptance{
			Reason: v1alpha1.ReasonInvalidHost, Stalled: true,
			Message: fmt.Sprintf("spec.hosts: address %q must be a canonical IPv4 or IPv6 address, or a DNS name", l.Invalid[0]),
		}
	}
	return a
}
