package faults

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/controlplane"
	"github.com/external-endpoints/operator/test/framework/history"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// World is what a test has: a namespace, hosts, and an operator behind a proxy.
type World struct {
	*framework.World
	Proxy    *proxy.Proxy
	Operator *install.Operator // nil until start
	// Port is where the hosts of this world listen.
	Port int32

	kubeconfig string
	hosts      map[string]*outside
	recorded   *history.Slices
	bystanders []client.Object
}

// service is the name of the object and its Service, in all worlds.
const service = "web"

// worlds counts them: each has a port of its own.
var worlds atomic.Int32

func newWorld(t *testing.T) *World {
	t.Helper()
	w := &World{
		World: environment.NewIdle(t),
		Port:  20000 + worlds.Add(1), // below those that the kernel gives out
		hosts: map[string]*outside{},
	}
	w.startProxy(t)
	var err error
	if w.recorded, err = w.Cluster.RecordSlices(t.Context(), w.Namespace, service); err != nil {
		t.Fatal(err)
	}
	w.addBystanders(t)
	t.Cleanup(func() {
		if err := w.tidy(t); err != nil {
			t.Errorf("tidying up: %v", err)
		}
	})
	return w
}

// startProxy starts the proxy before the API server, and writes a kubeconfig through it with
// the operator's account.
func (w *World) startProxy(t *testing.T) {
	t.Helper()
	account, err := w.Cluster.ConfigFor(t.Context(), install.Namespace, install.ServiceAccount)
	if err != nil {
		t.Fatal(err)
	}
	if w.Proxy, err = proxy.Start(account); err != nil {
		t.Fatal(err)
	}
	w.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := controlplane.WriteKubeconfig(w.kubeconfig, w.Proxy.Config(account)); err != nil {
		t.Fatal(err)
	}
}

// start starts the operator, without an election unless an argument says otherwise:
// there is no other copy, and a killed one would leave its lease behind.
func (w *World) start(t *testing.T, o install.Options) {
	t.Helper()
	o.Name = w.Namespace
	o.Args = append([]string{"--kubeconfig=" + w.kubeconfig, "--watch-namespaces=" + w.Namespace, "--leader-elect=false"}, o.Args...)
	notReady := o.NotReady
	o.NotReady = true
	w.Operator = w.StartOperator(t, o)
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

// tidy ends what the framework's World does not know; it does the rest afterwards.
func (w *World) tidy(t *testing.T) error {
	var err error
	if w.Operator != nil {
		err = w.Operator.Kill()
	}
	if t.Failed() {
		t.Logf("the operator's writes:\n%s", describe(w.Proxy.Journal(proxy.Writes)))
	}
	w.Proxy.Stop()
	for _, host := range w.hosts {
		host.down()
	}
	return err
}

func describe(writes []proxy.Write) string {
	text := ""
	for _, write := range writes {
		text += fmt.Sprintf("%s %s %s: %d\n", write.At.UTC().Format("15:04:05.000"), write.Call, write.Name, write.Code)
	}
	return text
}
