package monitoring

import (
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/probestest"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/network"
	"github.com/external-endpoints/operator/test/framework/waits"
	"github.com/external-endpoints/operator/test/monitoring/prometheus"
)

// monitoring is the namespace of Prometheus' account.
const monitoring = "monitoring"

// environment has hosts for every alert: some fail while others stay healthy.
var environment = framework.Environment{Options: cluster.Options{Hosts: cluster.Hosts(5)}}

// world is a cluster with two copies of the operator, watched by a Prometheus.
type world struct {
	*framework.World
	prometheus *prometheus.Server
	// began is when what is to be seen began.
	began time.Time
}

// newWorld starts everything but Prometheus, which comes when there is something to see.
func newWorld(t *testing.T) *world {
	t.Helper()
	prometheus.Find(t, "prometheus")
	w := &world{World: environment.NewIdle(t)}
	w.Create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: monitoring}})
	return w
}

// probeRate limits the probes of the operators. It is far more than all objects need but greedy.
const probeRate = 100

// operate starts the operators as the Deployment does, and Prometheus with an account
// that may read their metrics.
func (w *world) operate(t *testing.T) (targets []string) {
	t.Helper()
	for n := range 2 {
		address := freeAddress(t)
		w.StartOperator(t, install.Options{
			Name: fmt.Sprint("operator-", n), Args: []string{
				"--metrics-secure=true", "--metrics-bind-address=" + address, fmt.Sprint("--max-probes-per-second=", probeRate),
			},
		})
		targets = append(targets, address)
	}
	return targets
}

func (w *world) scrape(t *testing.T, targets []string, rules string) {
	t.Helper()
	w.Create(t, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: monitoring, Name: "prometheus"}})
	w.Create(t, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "prometheus"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "external-endpoints-metrics-reader"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: monitoring, Name: "prometheus"}},
	})
	account, err := w.Cluster.ConfigFor(t.Context(), monitoring, "prometheus")
	if err != nil {
		t.Fatal(err)
	}
	w.prometheus = prometheus.Start(t, w.Cluster, prometheus.Config{Targets: targets, Token: account.BearerToken, Rules: rules})
	eventually(t, func() error {
		up, err := w.prometheus.Query(t.Context(), "up == 1")
		if err == nil && len(up) != len(targets) {
			err = fmt.Errorf("%d of %d targets are scraped", len(up), len(targets))
		}
		return err
	})
}

// expiring is an ExternalService of one host, whose certificate ends in an hour.
func (w *world) expiring(t *testing.T, name string) *v1alpha1.ExternalService {
	t.Helper()
	authority := probestest.NewAuthority(t)
	address := network.ControlPlaneAddresses().IPv4
	listener, err := tls.Listen("tcp", net.JoinHostPort(address.String(), "0"),
		&tls.Config{Certificates: []tls.Certificate{authority.Issue(time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go func() {
				defer connection.Close()
				_ = connection.(*tls.Conn).HandshakeContext(t.Context()) // the prober tells how it went
			}()
		}
	}()
	object := w.Web(name)
	object.Spec.Hosts = []v1alpha1.Host{{Address: address.String()}}
	object.Spec.Ports[0].TargetPort = int32(listener.Addr().(*net.TCPAddr).Port)
	object.Spec.HealthCheck.HTTP = nil
	object.Spec.HealthCheck.TLS = &v1alpha1.TLSCheck{
		MinimumValidity: "168h",
		TLSVerification: v1alpha1.TLSVerification{ServerName: probestest.ServerName, CABundle: authority.Bundle},
	}
	return object
}

// awaitReady waits until all hosts of an object are served.
func (w *world) awaitReady(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	eventually(t, func() error {
		current := &v1alpha1.ExternalService{}
		if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(object), current); err != nil {
			return err
		}
		if s := current.Status; !meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionReady) || s.Hosts.Healthy != s.Hosts.Total {
			return fmt.Errorf("%s: %s", object.Name, s.Hosts.Summary)
		}
		return nil
	})
}

// eventually waits until check returns nil. Prometheus is asked less often than once in waits'
// usual interval: each answer is a query over all series.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	if err := waits.Until(t.Context(), waits.Timeout, 200*time.Millisecond, check); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := install.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
