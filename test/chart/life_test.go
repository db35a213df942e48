package chart

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/audit"
	"github.com/external-endpoints/operator/test/framework/history"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestReleaseInstallUpgradeUninstall is one story: the chart of the commit before is installed, a
// host fails under traffic, the chart is upgraded, the host comes back, and the
// chart is uninstalled, while traffic goes on. What is asked of the API server
// meanwhile is within the operator's rights.
func TestReleaseInstallUpgradeUninstall(t *testing.T) {
	r := newRelease(t)
	before, found := previousChart(t)
	if !found {
		t.Log("*** no chart in the commit before: upgrading from the present one, with other values ***")
		before = chartFolder(t)
	}
	hosts := r.Cluster.Hosts()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: "prometheus"}}
	if err := r.Client.Create(t.Context(), account); err != nil {
		t.Fatal(err)
	}

	r.Helm(t, "install", releaseName, before)
	r.awaitKind(t)
	operator := r.StartOperator(t, "before")
	r.serve(t, "orders", hosts)
	recorded, err := r.Cluster.RecordSlices(t.Context(), shop, "orders")
	if err != nil {
		t.Fatal(err)
	}
	client := r.send(t, "orders")
	answeredBy(t, client, time.Now(), hosts)

	if err := hosts[0].Kill(); err != nil {
		t.Fatal(err)
	}
	out := await(t, recorded, hosts[1:])
	since := calm(t, client)
	uids := r.slices(t, "orders")

	// The new version, with other values for other arguments.
	r.Helm(t, "upgrade", releaseName, chartFolder(t), "--set", "log.level=debug,log.format=text,metrics.readers[0].namespace=shop,metrics.readers[0].name=prometheus")
	stop(t, operator)
	if out, err := r.test(t, 3*time.Second); err == nil {
		t.Errorf("helm test passes though no operator runs: %s", out)
	}
	operator = r.StartOperator(t, "after")
	if out, err := r.test(t, waits.Timeout); err != nil || !strings.HasSuffix(out, " leads\n") {
		t.Errorf("helm test: %v: %s", err, out)
	}
	if err := hosts[0].Recover(); err != nil {
		t.Fatal(err)
	}
	await(t, recorded, hosts)
	answeredBy(t, client, time.Now(), hosts)
	if after := r.slices(t, "orders"); !slices.Equal(uids, after) {
		t.Errorf("slices before the upgrade %v, after it %v", uids, after)
	}
	notLost(t, recorded, out, hosts[1:])
	r.scrape(t, account)

	stop(t, operator)
	r.Helm(t, "uninstall", releaseName)
	r.keeps(t, "orders", uids)
	uninstalled := time.Now()
	answeredBy(t, client, uninstalled, hosts)
	if failures := client.Stop().Since(since).Failures; len(failures) > 0 {
		t.Errorf("%d requests failed after the dead host had no traffic, the first: %+v", len(failures), failures[0])
	}
	r.rightsSufficed(t)
}

// awaitKind waits until the API server serves ExternalServices.
func (r *Release) awaitKind(t *testing.T) {
	t.Helper()
	if out, err := r.API.Kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd/externalservices.external-endpoints.io"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// serve creates an ExternalService of the hosts and waits until it is Ready with all.
func (r *Release) serve(t *testing.T, name string, hosts []*host.Host) {
	t.Helper()
	object := &v1alpha1.ExternalService{
		ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: name},
		Spec: v1alpha1.ExternalServiceSpec{
			Ports: []v1alpha1.Port{{Name: "http", Port: 80, TargetPort: 8080}},
			HealthCheck: v1alpha1.HealthCheck{
				Interval: "500ms", Timeout: "500ms", FastInterval: "200ms",
				HTTP: &v1alpha1.HTTPCheck{Path: host.HealthPath},
			},
		},
	}
	for _, h := range hosts {
		object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: h.IPv4.String()})
	}
	if err := r.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the ExternalService", func(ctx context.Context) error {
		if err := r.Client.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		ready := meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady)
		if !ready || int(object.Status.Hosts.Published) != len(hosts) {
			return fmt.Errorf("%s, conditions %+v", object.Status.Hosts.Summary, object.Status.Conditions)
		}
		return nil
	})
}

// send sends 100 requests a second to the Service until the test ends.
func (r *Release) send(t *testing.T, name string) *load.Load {
	t.Helper()
	var service corev1.Service
	if err := r.Client.Get(t.Context(), client.ObjectKey{Namespace: shop, Name: name}, &service); err != nil {
		t.Fatal(err)
	}
	sent, err := r.Cluster.Load(load.Spec{Target: "http://" + service.Spec.ClusterIP + "/"})
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// answeredBy waits until each of the hosts has answered a request sent since then.
func answeredBy(t *testing.T, sent *load.Load, since time.Time, hosts []*host.Host) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
	defer cancel()
	if err := sent.Await(ctx, "answers of all hosts", func(report load.Report) bool {
		answers := report.Since(since).ByHost
		return !slices.ContainsFunc(hosts, func(h *host.Host) bool { return answers[h.Name] == 0 })
	}); err != nil {
		t.Fatal(err)
	}
}

// calm waits until no request has failed for longer than kube-proxy collects changes,
// and returns since when.
func calm(t *testing.T, sent *load.Load) (since time.Time) {
	t.Helper()
	const window = 2 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
	defer cancel()
	if err := sent.Await(ctx, "calm", func(report load.Report) bool {
		since = time.Now().Add(-window)
		last := report.Since(since)
		return last.Sent() > 0 && len(last.Failures) == 0
	}); err != nil {
		t.Fatal(err)
	}
	return since
}

// await waits until exactly these hosts get traffic and returns since when.
func await(t *testing.T, recorded *history.Slices, hosts []*host.Host) time.Time {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
	defer cancel()
	at, err := recorded.Await(ctx, addresses(hosts)...)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// notLost fails when one of the hosts was out of the slices at any time since then.
func notLost(t *testing.T, recorded *history.Slices, since time.Time, hosts []*host.Host) {
	t.Helper()
	states, err := recorded.States()
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range states {
		for _, address := range addresses(hosts) {
			if !state.At.Before(since) && !slices.Contains(state.Ready, address) {
				t.Errorf("at %s only %v got traffic", state.At.Format(time.RFC3339Nano), state.Ready)
			}
		}
	}
}

func addresses(hosts []*host.Host) []string {
	var all []string
	for _, h := range hosts {
		all = append(all, h.IPv4.String())
	}
	return all
}

func stop(t *testing.T, operator *process.Process) {
	t.Helper()
	if err := operator.Stop(); err != nil {
		t.Fatal(err)
	}
}

// slices are the slices of a Service by name and UID, sorted.
func (r *Release) slices(t *testing.T, service string) []string {
	t.Helper()
	var list discoveryv1.EndpointSliceList
	if err := r.Client.List(t.Context(), &list, client.InNamespace(shop), client.MatchingLabels{discoveryv1.LabelServiceName: service}); err != nil {
		t.Fatal(err)
	}
	var found []string
	for i := range list.Items {
		found = append(found, fmt.Sprintf("%s %s", list.Items[i].Name, list.Items[i].UID))
	}
	slices.Sort(found)
	return found
}

// scrape reads the metrics as the account that the release's values let read them.
func (r *Release) scrape(t *testing.T, account *corev1.ServiceAccount) {
	t.Helper()
	config, err := r.API.ConfigFor(t.Context(), account.Namespace, account.Name)
	if err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprintf("https://127.0.0.1:%d/metrics", r.Container(t).Ports[0].ContainerPort)
	eventually(t, "the metrics", func(ctx context.Context) error {
		metrics, err := get(ctx, url, config.BearerToken)
		if err == nil && !strings.Contains(metrics, `external_endpoints_host_up{`) {
			err = fmt.Errorf("they lack host_up")
		}
		return err
	})
	if _, err := get(t.Context(), url, ""); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("the metrics are read without a token: %v", err)
	}
}

// keeps fails when uninstalling took away more than the operator.
func (r *Release) keeps(t *testing.T, name string, uids []string) {
	t.Helper()
	key := client.ObjectKey{Namespace: shop, Name: name}
	for _, object := range []client.Object{&v1alpha1.ExternalService{}, &corev1.Service{}, &corev1.Endpoints{}} {
		if err := r.Client.Get(t.Context(), key, object); err != nil || object.GetDeletionTimestamp() != nil {
			t.Errorf("%T is not kept: %v", object, err)
		}
	}
	if after := r.slices(t, name); !slices.Equal(uids, after) {
		t.Errorf("slices before uninstalling %v, after it %v", uids, after)
	}
	account := &corev1.ServiceAccount{}
	if err := r.Client.Get(t.Context(), client.ObjectKey{Namespace: systemNamespace, Name: releaseName}, account); !apierrors.IsNotFound(err) {
		t.Errorf("the service account is still there: %v", err)
	}
}

// rightsSufficed fails when the API server ever refused the operator something it
// had no right to. After uninstalling that is so, but then it had been stopped.
func (r *Release) rightsSufficed(t *testing.T) {
	t.Helper()
	asked, err := r.API.Audit().Events(audit.Query{Username: "system:serviceaccount:" + systemNamespace + ":" + releaseName})
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]int{}
	for _, e := range asked {
		used[e.Verb+" "+e.Resource()]++
		if e.Status.Code == http.StatusForbidden {
			t.Errorf("forbidden: %s %s %s/%s", e.Verb, e.Resource(), e.Object.Namespace, e.Object.Name)
		}
	}
	for _, want := range []string{"create endpointslices", "update endpointslices", "create tokenreviews", "create subjectaccessreviews", "update leases"} {
		if used[want] == 0 {
			t.Errorf("never asked: %s; the story does not prove that it is granted", want)
		}
	}
}
