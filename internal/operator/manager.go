package operator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/go-logr/logr"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/externalservice"
)

// A crashed leader is followed within leaseDuration plus two retries, 8 s: the
// contract allows 11. One that stops cleanly releases the lease, and is followed
// within a retry or two. One that is started again in its Pod leads on; see podLock.
const (
	leaseDuration = 6 * time.Second
	renewDeadline = 4 * time.Second
	retryPeriod   = 1 * time.Second
)

// syncGlance is how long the ready check looks whether the caches are filled.
const syncGlance = 100 * time.Millisecond

func newManager(ctx context.Context, o Options, logger logr.Logger) (manager.Manager, error) {
	config, err := restConfig(o)
	if err != nil {
		return nil, err
	}
	if err := waitForKind(ctx, config, logger); err != nil {
		return nil, err
	}
	scheme, err := newScheme()
	if err != nil {
		return nil, err
	}
	options := manager.Options{
		Scheme:                        scheme,
		Logger:                        logger,
		Cache:                         externalservice.CacheOptions(o.WatchNamespaces),
		Metrics:                       metricsOptions(o),
		HealthProbeBindAddress:        o.HealthProbeBindAddress,
		LeaderElection:                o.LeaderElect,
		LeaderElectionID:              v1alpha1.ManagedBy,
		LeaderElectionNamespace:       o.LeaderElectionNamespace,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 new(leaseDuration),
		RenewDeadline:                 new(renewDeadline),
		RetryPeriod:                   new(retryPeriod),
	}
	if o.LeaderElect {
		fence := &fence{}
		options.LeaderElectionConfig, options.NewClient = fence.watch(config), fence.newClient
		lock, err := podLock(o, options.LeaderElectionConfig, os.Getenv(podUIDVariable))
		if err != nil {
			return nil, err
		}
		if lock != nil {
			options.LeaderElectionResourceLockInterface = lock
		}
	}
	m, err := ctrl.NewManager(config, options)
	if err != nil {
		return nil, fmt.Errorf("set up the manager: %w", err)
	}
	return m, errors.Join(warmUp(ctx, m, o), addReadinessCheck(m))
}

// newScheme has the kinds that are read, written or in events, and no others: all of Kubernetes
// would take a megabyte.
func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	err := errors.Join(corev1.AddToScheme(scheme), discoveryv1.AddToScheme(scheme), coordinationv1.AddToScheme(scheme),
		v1alpha1.AddToScheme(scheme))
	if err != nil {
		return nil, fmt.Errorf("build the scheme: %w", err)
	}
	return scheme, nil
}

func restConfig(o Options) (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.Kubeconfig
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("find the cluster (--kubeconfig, KUBECONFIG or a Pod's service account): %w", err)
	}
	// The API server's priority and fairness limits requests; a rate limit in the client would
	// only delay a failover.
	config.QPS = -1
	// v1 Endpoints are deprecated, as every single answer about them says.
	config.WarningHandler = rest.NoWarnings{}
	return config, nil
}

func metricsOptions(o Options) metricsserver.Options {
	options := metricsserver.Options{BindAddress: o.MetricsBindAddress, SecureServing: o.MetricsSecure}
	if o.MetricsSecure {
		options.FilterProvider = limitedReviews
		options.CertDir = o.MetricsCertPath
	}
	return options
}

// The rate limit of token and access reviews by the metrics endpoint, in reviews a second, and its
// burst. Answers are cached for a minute, so a Prometheus needs two reviews a minute.
const (
	reviewsPerSecond = 5
	reviewsAtOnce    = 20
)

// limitedReviews authenticates and authorizes scrapes with a client of its own limit. The
// manager's client has none: without this limit any Pod that reaches the endpoint could
// cause TokenReviews without bound, one for each invented token.
func limitedReviews(config *rest.Config, client *http.Client) (metricsserver.Filter, error) {
	config = rest.CopyConfig(config)
	config.QPS, config.Burst, config.RateLimiter = reviewsPerSecond, reviewsAtOnce, nil
	return filters.WithAuthenticationAndAuthorization(config, client)
}

// warmUp has every cache filled before the election, so that a copy that takes
// over does not begin by reading the cluster.
func warmUp(ctx context.Context, m manager.Manager, o Options) error {
	for _, object := range externalservice.Watched(o.EnableReferences) {
		if _, err := m.GetCache().GetInformer(ctx, object, cache.BlockUntilSynced(false)); err != nil {
			return fmt.Errorf("watch %T: %w", object, err)
		}
	}
	return nil
}

// addReadinessCheck: ready when the caches are filled.
func addReadinessCheck(m manager.Manager) error {
	ready := func(request *http.Request) error {
		ctx, cancel := context.WithTimeout(request.Context(), syncGlance)
		defer cancel()
		if !m.GetCache().WaitForCacheSync(ctx) {
			return errors.New("the caches are not filled yet")
		}
		return nil
	}
	return m.AddReadyzCheck("caches", ready)
}

// addLivenessCheck: alive as long as it answers and probing makes progress. A process that does not
// probe keeps its lease otherwise, and no host is removed anywhere until someone restarts it.
func addLivenessCheck(m manager.Manager, prober interface{ Alive() error }) error {
	if err := m.AddHealthzCheck("probing", func(*http.Request) error { return prober.Alive() }); err != nil {
		return fmt.Errorf("add the liveness check: %w", err)
	}
	return nil
}
