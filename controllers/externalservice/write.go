package externalservice

import (
	"context"
	"errors"

	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

// carryOut makes the writes. Endpoints are left alone until all slices are written.
func carryOut(ctx context.Context, w *consistency.Writer, f facts, c changes) error {
	if err := carryOutSlices(ctx, w, c.slices); err != nil {
		return err
	}
	switch {
	case c.deleteEndpoints:
		return w.Delete(ctx, f.endpoints)
	case c.endpoints != nil && c.createEndpoints:
		return w.Create(ctx, c.endpoints)
	case c.endpoints != nil:
		return w.Update(ctx, c.endpoints)
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
