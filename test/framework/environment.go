package framework

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// Main is for the TestMain of a package of tests: it runs them in a sandbox and returns the exit code.
func Main(m *testing.M) int { return cluster.Main(m, programs.CoreDNS) }

// startTimeout is for the cluster, whose programs Main has built.
const startTimeout = 2 * time.Minute

// Environment is the cluster that all tests of a package share, with the product installed
// from its manifests. It starts with the first test that needs it and ends with the sandbox
// of the test program. Its fields are set before the first World.
type Environment struct {
	Options cluster.Options
	// Prepare does what the tests need beyond that, once; nil if nothing.
	Prepare func(*cluster.Cluster) error

	mu      sync.Mutex
	cluster *cluster.Cluster
	client  client.WithWatch
	err     error // of the cluster's start, which is not tried twice
	// operator is the shared one. It is nil until the first test that needs it, and
	// after a test that runs operators of its own.
	operator *install.Operator
}

// standard is the environment of New and NewIdle.
var standard = Environment{Options: cluster.Options{Hosts: cluster.Hosts(4), CoreDNS: true}}

// lockedStartCluster starts the cluster and installs the product.
func (e *Environment) lockedStartCluster() error {
	if e.cluster != nil || e.err != nil {
		return e.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if e.cluster, e.err = cluster.New(ctx, e.Options); e.err != nil {
		return e.err
	}
	if e.client, e.err = NewClient(e.cluster.Admin()); e.err != nil {
		return e.err
	}
	e.err = errors.Join(install.Manifests(e.cluster), restartControllers(e.cluster))
	if e.err == nil && e.Prepare != nil {
		e.err = e.Prepare(e.cluster)
	}
	return e.err
}

// restartControllers has the garbage collector watch our kind at once: it looks for new
// kinds every 30 s, and when it starts.
func restartControllers(c *cluster.Cluster) error {
	return c.Process(programs.ControllerManager).Restart()
}

// lockedStartOperator starts the shared operator, if it does not run.
func (e *Environment) lockedStartOperator() error {
	if e.operator != nil && e.operator.Ended() == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	var err error
	e.operator, err = install.Start(ctx, e.cluster, install.Options{})
	return err
}

// lockedStopOperator ends the shared operator.
func (e *Environment) lockedStopOperator() error {
	if e.operator == nil {
		return nil
	}
	err := e.operator.Stop()
	e.operator = nil
	return err
}

// startProcess starts an operator of a test. The cluster's list of processes is shared by
// tests that run at the same time.
func (e *Environment) startProcess(ctx context.Context, o install.Options) (*install.Operator, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return install.Start(ctx, e.cluster, o)
}
