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

// serviceRejectedError says that the API server rejected the Service, while the EndpointSlices
// behind it are written. A family that the cluster lacks, a webhook that objects or a quota
// must not keep a dead host published.
type serviceRejectedError struct{ error }

// Unwrap returns what the API server said of the Service.
func (e serviceRejectedError) Unwrap() error { return e.error }

// isServiceRejected reports whether nothing failed but the Service itself.
func isServiceRejected(err error) bool { return errors.As(err, &serviceRejectedError{}) }

// reshapeBefore writes the Service that the spec wants, and returns the changes that are left.
// Where ports are renamed, the slices are written first: kube-proxy joins them to the Service
// by the port's name, and must find hosts under the old and the new name.
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

// reshape writes the Service that the spec wants, and stores the API server's response in the
// facts. refused: the Service stays as it was, and its slices are reconciled all the same.
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

// writeService creates or updates the Service. It is written before everything else:
// Kubernetes deletes Endpoints that have no Service.
func (r *Reconciler) writeService(ctx context.Context, f facts.Facts, service *corev1.Service) error {
	if f.Service == nil {
		return r.writer.Create(ctx, service)
	}
	return r.writer.Update(ctx, service)
}
