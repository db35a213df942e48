package operator

import (
	"context"
	"fmt"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/external-endpoints/operator/controllers/externalservice"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/epoll"
	"github.com/external-endpoints/operator/probes/netprobe"
	"github.com/external-endpoints/operator/probes/resolve"
)

// mostHostSeries bounds the series of host_up in one scrape. It is what a
// Prometheus takes in one go without noticing.
const mostHostSeries = 10_000

// Run runs the operator until ctx ends. Then probes are stopped, the lease is
// released and Run returns nil; what is published stays.
func Run(ctx context.Context, o Options) error {
	boundMemory()
	logger := newLogger(o)
	ctrl.SetLogger(logger)
	logger.Info("Starting the external-endpoints operator", "version", version(), "watchNamespaces", o.WatchNamespaces)
	m, err := newManager(ctx, o, logger)
	switch {
	case ctx.Err() != nil:
		return nil // canceled before anything was started
	case err != nil:
		return err
	}
	p, err := watchPolicy(ctx, m.GetConfig(), o, logger)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	}
	if err := assemble(ctx, m, o, p, logger); err != nil {
		return err
	}
	if err := addPolicyCheck(ctx, m, o, logger); err != nil {
		return err
	}
	if err := m.Start(ctx); err != nil {
		return fmt.Errorf("run the operator: %w", err)
	}
	logger.Info("Stopped")
	return nil
}

// assemble builds the path of the data: the engine probes and wakes the
// controller, the controller plans and publishes.
func assemble(ctx context.Context, m manager.Manager, o Options, p policy, logger logr.Logger) error {
	dialer := netprobe.NewDialer(p.Check)
	engineChanges := externalservice.NewEngineSource(logger.WithName("prober"))
	runner, err := epoll.New(engine.NewGoroutines())
	if err != nil {
		return fmt.Errorf("set up probing: %w", err)
	}
	prober := engine.New(engine.Options{
		Compile:            func(c probes.Check) (probes.Prober, error) { return compile.Prober(c, dialer) },
		Runner:             runner,
		Observer:           engineChanges,
		MaxProbesPerSecond: o.MaxProbesPerSecond,
		MaxProbesInFlight:  maxInFlight(o, logger),
		MaxHostSeries:      hostSeries(o),
		Registerer:         metrics.Registry,
	})
	if err := addLivenessCheck(m, prober); err != nil {
		return err
	}
	// Only the holder of the lease probes: as a plain function the engine is
	// started after the election, and it ends with the lease.
	if err := m.Add(manager.RunnableFunc(prober.Run)); err != nil {
		return fmt.Errorf("add the engine: %w", err)
	}
	denied := addresspolicy.NewNames(o.ClusterDomain).Denied
	names := resolve.New(resolve.Options[engine.Key]{
		// With the resolv.conf of the Pod, as its dnsConfig has it.
		Lookuper:   resolve.NewClient(resolve.ClientOptions{Denied: denied}),
		Allow:      p.Check,
		Namespace:  func(k engine.Key) string { return k.Namespace },
		Changed:    engineChanges.Changed,
		Registerer: metrics.Registry,
	})
	if err := m.Add(manager.RunnableFunc(names.Run)); err != nil {
		return fmt.Errorf("add the resolver: %w", err)
	}
	return externalservice.Add(ctx, m, externalservice.Options{
		Engine:         prober,
		Resolver:       names,
		EngineChanges:  engineChanges,
		AddressPolicy:  p.Check,
		DeniedName:     denied,
		PolicyChanges:  p.changes,
		MinInterval:    o.MinInterval,
		WriteEndpoints: o.WriteEndpoints,

		MaxTargetsPerNamespace: o.MaxTargetsPerNamespace,

		Registerer: metrics.Registry,

		FollowReferences: o.EnableReferences,
	})
}

func hostSeries(o Options) int {
	if o.MetricsDetail == DetailEndpoint {
		return mostHostSeries
	}
	return 0
}
