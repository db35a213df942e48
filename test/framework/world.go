package framework

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/sandbox"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// World is what a test has: the shared cluster (control plane, node, kube-proxy, outside hosts,
// the operator) and a namespace of its own.
type World struct {
	Cluster *cluster.Cluster
	// Operator is the shared one, as its manifests run it; nil in an idle world.
	Operator  *install.Operator
	Client    client.WithWatch
	Namespace string
	// Operators are those that the test itself started.
	Operators []*install.Operator

	environment *Environment
}

// New is a World in which the shared operator runs.
func New(t *testing.T) *World {
	t.Helper()
	return standard.newWorld(t, standard.lockedStartOperator)
}

// NewIdle is a World in which no operator runs: the test starts its own. One
// to come finds the shared operator again.
func NewIdle(t *testing.T) *World {
	t.Helper()
	return standard.NewIdle(t)
}

// NewIdle is such a World in this environment.
func (e *Environment) NewIdle(t *testing.T) *World {
	t.Helper()
	return e.newWorld(t, e.lockedStopOperator)
}

func (e *Environment) newWorld(t *testing.T, prepare func() error) *World {
	t.Helper()
	if !sandbox.Inside() {
		t.Skip("this machine allows no network namespaces")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.lockedStartCluster(); err != nil {
		t.Fatal(err)
	}
	if err := prepare(); err != nil {
		t.Fatal(err)
	}
	w := &World{Cluster: e.cluster, Operator: e.operator, Client: e.client, environment: e}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := w.Client.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	w.Namespace = namespace.Name
	t.Cleanup(func() {
		if t.Failed() {
			w.explain(t)
		}
		if err := w.tidy(namespace); err != nil {
			t.Errorf("tidying up: %v", err)
		}
	})
	return w
}

// Start starts an operator of the test's own, which ends with it.
func (w *World) Start(t *testing.T, name string, args ...string) *install.Operator {
	t.Helper()
	return w.StartOperator(t, install.Options{Name: name, Args: args})
}

// StartOperator is Start with all options.
func (w *World) StartOperator(t *testing.T, o install.Options) *install.Operator {
	t.Helper()
	operator, err := w.environment.startProcess(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w.Operators = append(w.Operators, operator)
	return operator
}

// tidy leaves the cluster to the next test: hosts healthy, the test's operators
// ended, and its objects gone before another test measures what they cost.
func (w *World) tidy(namespace *corev1.Namespace) error {
	ctx, cancel := context.WithTimeout(context.Background(), waits.Timeout)
	defer cancel()
	var errs []error
	if hosts := w.Cluster.Hosts(); len(hosts) > 0 {
		errs = append(errs, w.Cluster.Rejoin())
	}
	for _, h := range w.Cluster.Hosts() {
		errs = append(errs, h.Recover())
	}
	for _, operator := range w.Operators {
		errs = append(errs, operator.Stop())
	}
	// Garbage collection would do the rest, a while later.
	for _, kind := range []client.Object{&v1alpha1.ExternalService{}, &corev1.Service{}, &discoveryv1.EndpointSlice{}} {
		errs = append(errs, w.Client.DeleteAllOf(ctx, kind, client.InNamespace(w.Namespace)))
	}
	return errors.Join(append(errs, w.Client.Delete(ctx, namespace))...)
}
