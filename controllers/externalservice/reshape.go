package externalservice

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

// unshapedError is why the Service is not what the spec asks for, while all that
// stands behind it is written: a family that the cluster lacks, a webhook that
// objects or a quota must not keep a dead host in.
type unshapedError struct{ error }

// Unwrap returns what the API server said of the Service.
func (e unshapedError) Unwrap() error { return e.error }

// isUnshaped reports whether nothing failed but the Service itself.
func isUnshaped(err error) bool { return errors.As(err, &unshapedError{}) }

// reshapeBefore makes the Service what the spec asks for, and returns what is left to do
// behind it. Only of ports that get another name the slices come first: kube-proxy joins
// them to the Service by that name, and must find hosts whichever of the two it sees.
func (r *Reconciler) reshapeBefore(ctx context.Context, f *facts, wanted *corev1.Service, desired desiredEndpoints, pending bool,
) (left changes, refused, failure error) {
	var behind []endpointslice.Write
	renamed := f.service != nil && !namesPorts(f.object.Spec, f.service)
	if renamed {
		shaped := *f
		shaped.service = wanted
		var ahead []endpointslice.Write
		for _, write := range changesFor(shaped, desired, pending).slices {
			if write.TakesAway() {
				behind = append(behind, write)
			} else {
				ahead = append(ahead, write)
			}
		}
		if err := carryOutSlices(ctx, r.writer, ahead); err != nil {
			return changes{}, nil, err
		}
	}
	refused, failure = r.reshape(ctx, f, wanted)
	left = changesFor(*f, desired, pending)
	if renamed {
		left.slices = behind
	}
	return left, refused, failure
}

// reshape makes the Service what the spec asks for, and leaves it in the facts as the
// API server has it then. refused: it stays as it was, and its hosts are looked after
// all the same.
func (r *Reconciler) reshape(ctx context.Context, f *facts, wanted *corev1.Service) (refused, failure error) {
	err := r.writeService(ctx, *f, wanted)
	switch {
	case err == nil:
		// The API server has filled in what the rest depends on, the families first of all.
		f.service = wanted
		return nil, nil
	case f.service == nil, raced(err), !namesPorts(f.object.Spec, f.service):
		return nil, err
	default:
		return unshapedError{err}, nil
	}
}

// writeService makes the Service what the spec asks for. It comes before
// everything else: Endpoints without a Service are deleted by Kubernetes.
func (r *Reconciler) writeService(ctx context.Context, f facts, service *corev1.Service) error {
	if f.service == nil {
		return r.writer.Create(ctx, service)
	}
	return r.writer.Update(ctx, service)
}
