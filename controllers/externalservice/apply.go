package externalservice

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/facts"
)

// carryOut makes the writes. Endpoints are left alone until all slices are written.
func carryOut(ctx context.Context, w *consistency.Writer, f facts.Facts, c desired.Changes) error {
	if err := carryOutSlices(ctx, w, c.Slices); err != nil {
		return err
	}
	switch {
	case c.DeleteEndpoints:
		return w.Delete(ctx, f.Endpoints)
	case c.Endpoints != nil && c.CreateEndpoints:
		return w.Create(ctx, c.Endpoints)
	case c.Endpoints != nil:
		return w.Update(ctx, c.Endpoints)
	default:
		return nil
	}
}

// carryOutSlices makes the writes in order. After a failure it still adds and
// updates, but takes nothing away that an earlier write should have replaced.
func carryOutSlices(ctx context.Context, w *consistency.Writer, writes []endpointslice.Write) error {
	var failures []error
	for _, write := range writes {
		if errors.Join(failures...) != nil && write.TakesAway() {
			continue
		}
		switch write.Operation {
		case endpointslice.Create:
			failures = append(failures, w.Create(ctx, write.Slice))
		case endpointslice.Update:
			failures = append(failures, w.Update(ctx, write.Slice))
		case endpointslice.Delete:
			failures = append(failures, w.Delete(ctx, write.Slice))
		}
	}
	return errors.Join(failures...)
}

// serviceRejectedError is why the Service is not what the spec asks for, while all that
// stands behind it is written: a family that the cluster lacks, a webhook that
// objects or a quota must not keep a dead host in.
type serviceRejectedError struct{ error }

// Unwrap returns what the API server said of the Service.
func (e serviceRejectedError) Unwrap() error { return e.error }

// isServiceRejected reports whether nothing failed but the Service itself.
func isServiceRejected(err error) bool { return errors.As(err, &serviceRejectedError{}) }

// reshapeBefore makes the Service what the spec asks for, and returns what is left to do
// behind it. Only of ports that get another name the slices come first: kube-proxy joins
// them to the Service by that name, and must find hosts whichever of the two it sees.
func (r *Reconciler) reshapeBefore(ctx context.Context, f *facts.Facts, wanted *corev1.Service, endpoints desired.Endpoints, pending bool,
) (left desired.Changes, refused, failure error) {
	var behind []endpointslice.Write
	renamed := f.Service != nil && !desired.NamesPorts(f.Object.Spec, f.Service)
	if renamed {
		shaped := *f
		shaped.Service = wanted
		var ahead []endpointslice.Write
		for _, write := range desired.ChangesFor(shaped, endpoints, pending).Slices {
			if write.TakesAway() {
				behind = append(behind, write)
			} else {
				ahead = append(ahead, write)
			}
		}
		if err := carryOutSlices(ctx, r.writer, ahead); err != nil {
			return desired.Changes{}, nil, err
		}
	}
	refused, failure = r.reshape(ctx, f, wanted)
	left = desired.ChangesFor(*f, endpoints, pending)
	if renamed {
		left.Slices = behind
	}
	return left, refused, failure
}

// reshape makes the Service what the spec asks for, and leaves it in the facts as the
// API server has it then. refused: it stays as it was, and its hosts are looked after
// all the same.
func (r *Reconciler) reshape(ctx context.Context, f *facts.Facts, wanted *corev1.Service) (refused, failure error) {
	err := r.writeService(ctx, *f, wanted)
	switch {
	case err == nil:
		// The API server has filled in what the rest depends on, the families first of all.
		f.Service = wanted
		return nil, nil
	case f.Service == nil, isConflict(err), !desired.NamesPorts(f.Object.Spec, f.Service):
		return nil, err
	default:
		return serviceRejectedError{err}, nil
	}
}

// writeService makes the Service what the spec asks for. It comes before
// everything else: Endpoints without a Service are deleted by Kubernetes.
func (r *Reconciler) writeService(ctx context.Context, f facts.Facts, service *corev1.Service) error {
	if f.Service == nil {
		return r.writer.Create(ctx, service)
	}
	return r.writer.Update(ctx, service)
}
