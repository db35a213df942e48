package status

import (
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/text"
)

// Observing is the programming of an object that is only observed.
func Observing() Programmed {
	return Programmed{v1alpha1.ReasonObserving, "spec.mode is Observe: hosts are checked and reported, nothing is written, " +
		"and what is published stays as it is; set spec.mode to Publish to have the healthy hosts get the traffic"}
}

// ProgrammedAfter says how far the API server has what was decided.
func ProgrammedAfter(wait time.Duration, failure error) Programmed {
	switch {
	case errors.Is(failure, desired.ErrSlicesLeft):
		return Programmed{v1alpha1.ReasonPending, failure.Error()}
	case apierrors.IsForbidden(failure):
		return Programmed{v1alpha1.ReasonRestricted, "the API server forbids to write what was decided: " + causeOf(failure)}
	case failure != nil:
		return Programmed{v1alpha1.ReasonWriteFailed, "the API server did not take what was decided: " + causeOf(failure)}
	case wait > 0:
		return Programmed{v1alpha1.ReasonWriteFailed, backingOff()}
	default:
		return Programmed{v1alpha1.ReasonProgrammed, "EndpointSlices say what the last verdicts say"}
	}
}

// NotActedOn is the programming of an object that is not acted on.
func NotActedOn(a desired.Acceptance) Programmed {
	if a.Accepted() {
		return Programmed{v1alpha1.ReasonPending, "nothing is created for an ExternalService that is being deleted"}
	}
	return Programmed{v1alpha1.ReasonPending, "nothing is written while the spec is not accepted: " + a.Reason}
}

// causeOf names a failure by its class. The server's own words may change from
// one try to the next, and a status must not.
func causeOf(err error) string {
	if apierrors.IsInvalid(err) {
		// A retry does not change what is invalid about an object, and only the API server knows it.
		return text.Clip(err.Error())
	}
	if reason := apierrors.ReasonForError(err); reason != metav1.StatusReasonUnknown {
		return string(reason)
	}
	return "no answer"
}
