package faults

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/controlplane"
	"github.com/external-endpoints/operator/test/framework/history"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/sandbox"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// World is what a test has: a namespace, hosts, and an operator behind a proxy.
type World struct {
	Cluster   *cluster.Cluster
	Client    client.WithWatch
	Namespace string
	Proxy     *proxy.Proxy
	Operator  *install.Operator // nil until start
	// Port is where the hosts of this world listen.
	Port int32

	kubeconfig string
	hosts      map[string]*outside
	recorded   *history.Slices
	bystanders []client.Object
}

// service is the name of the object and its Service, in all worlds.
const service = "web"

func newWorld(t *testing.T) *World {
	t.Helper()
	if !sandbox.Inside() {
		t.Skip("this machine allows no network namespaces")
	}
	shared.Lock()
	defer shared.Unlock()
	if err := lockedStartCluster(); err != nil {
		t.Fatal(err)
	}
	shared.worlds++
	w := &World{
		Cluster: shared.cluster, Client: shared.client,
		Port:  int32(20000 + shared.worlds), // below those that the kernel gives out
		hosts: map[string]*outside{},
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "fault-"}}
	w.create(t, namespace)
	w.Namespace = namespace.Name
	var err error
	if w.Proxy, err = proxy.Start(shared.account); err != nil {
		t.Fatal(err)
	}
	w.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := controlplane.WriteKubeconfig(w.kubeconfig, w.Proxy.Config(shared.account)); err != nil {
		t.Fatal(err)
	}
	if w.recorded, err = w.Cluster.RecordSlices(t.Context(), w.Namespace, service); err != nil {
		t.Fatal(err)
	}
	w.addBystanders(t)
	t.Cleanup(func() {
		if err := w.tidy(t.Failed(), t); err != nil {
			t.Errorf("tidying up: %v", err)
		}
	})
	return w
}

// start starts the operator, without an election unless an argument says otherwise:
// there is no other copy, and a killed one would leave its lease behind.
func (w *World) start(t *testing.T, o install.Options) {
	t.Helper()
	o.Name = w.Namespace
	o.Args = append([]string{"--kubeconfig=" + w.kubeconfig, "--watch-namespaces=" + w.Namespace, "--leader-elect=false"}, o.Args...)
	notReady := o.NotReady
	o.NotReady = true
	// The cluster's list of processes is no one's who starts two at a time.
	shared.Lock()
	operator, err := install.Start(t.Context(), w.Cluster, o)
	shared.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	w.Operator = operator
	if !notReady {
		waits.Eventually(t, waits.Timeout, func() error { return w.Operator.Ready(t.Context()) })
	}
}

func (w *World) kill(t *testing.T) {
	t.Helper()
	if err := w.Operator.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (w *World) restart(t *testing.T) {
	t.Helper()
	if err := w.Operator.Restart(); err != nil {
		t.Fatal(err)
	}
}

func (w *World) create(t *testing.T, object client.Object) {
	t.Helper()
	if err := w.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// change changes an object as a user does, whatever others do to it meanwhile.
func change[O client.Object](t *testing.T, w *World, object O, how func(O)) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		how(object)
		return w.Client.Update(t.Context(), object)
	})
}

func (w *World) get(t *testing.T, name string, object client.Object) (found bool) {
	t.Helper()
	err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: name}, object)
	if client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	}
	return err == nil
}

func (w *World) tidy(failed bool, t *testing.T) error {
	ctx, cancel := context.WithTimeout(context.Background(), waits.Timeout)
	defer cancel()
	var errs []error
	if w.Operator != nil {
		errs = append(errs, w.Operator.Kill())
		if failed {
			t.Logf("the operator's log ends with\n%s", w.Operator.LogTail(30))
		}
	}
	if failed {
		t.Logf("the operator's writes:\n%s", describe(w.Proxy.Journal(proxy.Writes)))
	}
	w.Proxy.Stop()
	for _, host := range w.hosts {
		host.down()
	}
	errs = append(errs, w.Client.DeleteAllOf(ctx, &v1alpha1.ExternalService{}, client.InNamespace(w.Namespace)))
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.Namespace}}
	return errors.Join(append(errs, w.Client.Delete(ctx, namespace))...)
}

func describe(writes []proxy.Write) string {
	text := ""
	for _, write := range writes {
		text += fmt.Sprintf("%s %s %s: %d\n", write.At.UTC().Format("15:04:05.000"), write.Call, write.Name, write.Code)
	}
	return text
}
