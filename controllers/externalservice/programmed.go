package externalservice

import (
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// programmedAfter says how far the API server has what was decided.
func programmedAfter(wait time.Duration, failure error) programming {
	switch {
	case errors.Is(failure, errSlicesLeft):
		return programming{v1alpha1.ReasonPending, failure.Error()}
	case apierrors.IsForbidden(failure):
		return programming{v1alpha1.ReasonRestricted, "the API server forbids to write what was decided: " + causeOf(failure)}
	case failure != nil:
		return programming{v1alpha1.ReasonWriteFailed, "the API server did not take what was decided: " + causeOf(failure)}
	case wait > 0:
		return programming{v1alpha1.ReasonWriteFailed, backingOff()}
	default:
		return programming{v1alpha1.ReasonProgrammed, "EndpointSlices say what the last verdicts say"}
	}
}

// nothingNew is the programming of an object that is not acted on.
func nothingNew(a acceptance) programming {
	if a.accepted() {
		return programming{v1alpha1.ReasonPending, "nothing is created for an ExternalService that is being deleted"}
	}
	return programming{v1alpha1.ReasonPending, "nothing is written while the spec is not accepted: " + a.reason}
}

// causeOf names a failure by its class. The server's own words may change from
// one try to the next, and a status must not.
func causeOf(err error) string {
	if apierrors.IsInvalid(err) {
		// What is wrong with an object does not change by asking again, and only the server knows it.
		return clip(err.Error())
	}
	if reason := apierrors.ReasonForError(err); reason != metav1.StatusReasonUnknown {
		return string(reason)
	}
	return "no answer"
}
