package framework

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// Main is for the TestMain of a package of tests: it runs them in a sandbox and returns the exit code.
func Main(m *testing.M) int { return cluster.Main(m, programs.CoreDNS) }

// startTimeout is for the cluster, whose programs Main has built.
const startTimeout = 2 * time.Minute

// shared is what outlives a test.
var shared struct {
	sync.Mutex
	cluster *cluster.Cluster
	client  client.WithWatch
	err     error // of the cluster's start, which is not tried twice
	// operator is nil until the first test that wants one, and after one that
	// brought its own.
	operator *install.Operator
}

// lockedStartCluster starts the cluster with four hosts and installs the product.
func lockedStartCluster() error {
	if shared.cluster != nil || shared.err != nil {
		return shared.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	shared.cluster, shared.err = cluster.New(ctx, cluster.Options{Hosts: cluster.Hosts(4), CoreDNS: true})
	if shared.err != nil {
		return shared.err
	}
	shared.client, shared.err = newClient(shared.cluster)
	shared.err = errors.Join(shared.err, install.Install(shared.cluster), restartControllers(shared.cluster))
	return shared.err
}

// restartControllers has the garbage collector know our kind at once, as it does
// in a cluster that has had it for a while. It looks for new kinds every 30 s.
func restartControllers(c *cluster.Cluster) error {
	return c.Process(programs.ControllerManager).Restart()
}

func newClient(c *cluster.Cluster) (client.WithWatch, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	config := c.Admin()
	config.WarningHandler = rest.NoWarnings{} // v1 Endpoints are deprecated, we know
	config.QPS = -1                           // a test that creates hundreds of objects does not want to wait
	return client.NewWithWatch(config, client.Options{Scheme: scheme})
}

// lockedStartOperator starts the shared operator, if it does not run.
func lockedStartOperator() error {
	if shared.operator != nil && shared.operator.Ended() == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	var err error
	shared.operator, err = install.Start(ctx, shared.cluster, install.Options{})
	return err
}

// lockedStopOperator ends the shared operator.
func lockedStopOperator() error {
	if shared.operator == nil {
		return nil
	}
	err := shared.operator.Stop()
	shared.operator = nil
	return err
}
