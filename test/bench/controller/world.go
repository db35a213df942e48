package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/audit"
	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/install"
)

// namespace has the objects that are measured, beside the raw client's.
const (
	namespace    = "measured"
	rawNamespace = "raw"
)

// account is what the API server calls the operator.
const account = "system:serviceaccount:" + install.Namespace + ":" + install.ServiceAccount

// world is a control plane with the operator, nothing else that would use the
// machine, and hosts to probe.
type world struct {
	cluster  *cluster.Cluster
	operator *install.Operator
	client   client.Client
	farm     *farm
	slices   *published
}

// inWorld calls do with a world that is made for it.
func inWorld(ctx context.Context, do func(*world) error) error {
	w := &world{}
	err := w.start(ctx)
	if err == nil {
		err = do(w)
	}
	return errors.Join(err, w.stop())
}

func (w *world) start(ctx context.Context) (err error) {
	if w.cluster, err = cluster.New(ctx, cluster.Options{Hosts: []host.Spec{}, NoProxy: true, Log: os.Stderr}); err != nil {
		return err
	}
	if w.farm, err = newFarm(); err != nil {
		return err
	}
	if err := install.Manifests(w.cluster); err != nil {
		return err
	}
	if w.client, err = framework.NewClient(w.cluster.Admin()); err != nil {
		return err
	}
	for _, name := range []string{namespace, rawNamespace} {
		if err := w.client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
			return err
		}
	}
	watching := rest.CopyConfig(w.cluster.Admin())
	watching.QPS = -1
	watching.ContentType = runtime.ContentTypeProtobuf
	clientset, err := kubernetes.NewForConfig(watching)
	if err != nil {
		return err
	}
	if w.slices, err = watchSlices(ctx, clientset, namespace); err != nil {
		return err
	}
	if w.operator, err = install.Start(ctx, w.cluster, install.Options{}); err != nil {
		return err
	}
	// The first object of a new kind waits for the API server, for two seconds at times.
	return w.client.Create(ctx, crowd(namespace, 0), client.DryRunAll)
}

func (w *world) stop() error {
	if w.farm != nil {
		w.farm.close()
	}
	if w.cluster == nil {
		return nil
	}
	return w.cluster.Stop()
}

// writes are the operator's write requests in a span of time, by
// verb and resource; the renewals of its lease are none of the objects' business.
func (w *world) writes(from, until time.Time) (map[string]int, error) {
	return w.cluster.Audit().Count(audit.Query{Username: account, Since: from, Until: until, Writes: true, Without: []string{"leases"}})
}

// awaitQuiet waits until the operator has not written anything for a while.
func (w *world) awaitQuiet(ctx context.Context, quiet, patience time.Duration) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		began := time.Now()
		select {
		case <-time.After(quiet):
		case <-ctx.Done():
			return ctx.Err()
		}
		counts, err := w.writes(began, time.Time{})
		if err != nil || total(counts) == 0 {
			return err
		}
	}
	return fmt.Errorf("the operator writes for longer than %s", patience)
}

func total(counts map[string]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}
