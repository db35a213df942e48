package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

const (
	// apiRetry is the interval of discovery requests until the API server serves our kind.
	apiRetry = time.Second
	// apiRetryLog is how often waiting for it is logged.
	apiRetryLog = 30 * time.Second
)

// waitForKind returns when the API server serves ExternalServices. The operator
// and its CRD are often applied together, and an operator that gave up would be
// restarted with ever longer pauses.
func waitForKind(ctx context.Context, config *rest.Config, logger logr.Logger) error {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return fmt.Errorf("set up discovery: %w", err)
	}
	var logged time.Time
	for {
		err := servesKind(ctx, client)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if now := time.Now(); now.Sub(logged) >= apiRetryLog {
			logged = now
			logger.Info("Waiting until the API server serves ExternalServices; is the CRD installed?", "cause", err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(apiRetry):
		}
	}
}

func servesKind(ctx context.Context, client *discovery.DiscoveryClient) error {
	resources, err := client.ServerResourcesForGroupVersionWithContext(ctx, v1alpha1.GroupVersion.String())
	if err != nil {
		return err
	}
	for _, resource := range resources.APIResources {
		if resource.Kind == v1alpha1.Kind {
			return nil
		}
	}
	return errors.New("the API group has no such kind")
}
