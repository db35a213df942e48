package operator

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"

	"github.com/external-endpoints/operator/controllers/clusterranges"
	"github.com/external-endpoints/operator/controllers/externalservice"
	"github.com/external-endpoints/operator/probes/addresspolicy"
)

// policy is the address policy in force, and the source that enqueues all objects after another
// one was put in force.
type policy struct {
	*addresspolicy.Live
	changes *externalservice.BroadcastSource
}

// watchPolicy returns the address policy, which follows the cluster's own ranges until ctx ends. It
// blocks until these are known: a denied host must not get a single packet, so nothing may be
// probed or published before. An error that ctx explains means that the wait was canceled.
func watchPolicy(ctx context.Context, config *rest.Config, o Options, logger logr.Logger) (policy, error) {
	configured := addresspolicy.New(o.DeniedCIDRs, o.AllowedCIDRs)
	p := policy{Live: addresspolicy.NewLive(configured), changes: externalservice.NewBroadcastSource()}
	watcher, err := clusterranges.New(config, logger.WithName("ranges"), func(own []netip.Prefix) {
		// In this order: an enqueued object must be reconciled under the new policy.
		p.Set(configured.WithCluster(own))
		p.changes.EnqueueAll()
		logger.Info("The address policy denies the cluster's own ranges", "ranges", len(own))
	})
	if err != nil {
		return policy{}, fmt.Errorf("watch the cluster's own ranges: %w", err)
	}
	go watcher.Run(ctx)
	select {
	case <-watcher.Known():
		return p, nil
	case <-ctx.Done():
		return policy{}, ctx.Err()
	}
}
