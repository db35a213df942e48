package monitoring

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/programs"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// flap has a host go down and come back, as Prometheus sees it.
func (w *world) flap(t *testing.T, object *v1alpha1.ExternalService, h *host.Host) {
	t.Helper()
	must(t, h.Kill())
	w.sees(t, object, h, 0)
	must(t, h.Recover())
	w.sees(t, object, h, 1)
}

// sees waits until Prometheus has seen that a host is up, or that it is not.
func (w *world) sees(t *testing.T, object *v1alpha1.ExternalService, h *host.Host, up int) {
	t.Helper()
	query := fmt.Sprintf(`external_endpoints_host_up{name=%q,address=%q} == %d`, object.Name, h.IPv4, up)
	eventually(t, func() error {
		series, err := w.prometheus.Query(t.Context(), query)
		if err == nil && len(series) == 0 {
			err = errors.New("Prometheus does not see " + query)
		}
		return err
	})
}

// forbid takes a right from the operator, until it is given back.
func (w *world) forbid(t *testing.T, resource, verb string) (giveBack func()) {
	t.Helper()
	role := &rbacv1.ClusterRole{}
	key := client.ObjectKey{Name: "external-endpoints"}
	must(t, w.Client.Get(t.Context(), key, role))
	before := role.DeepCopy().Rules
	for i, rule := range role.Rules {
		if slices.Contains(rule.Resources, resource) {
			role.Rules[i].Verbs = slices.DeleteFunc(slices.Clone(rule.Verbs), func(v string) bool { return v == verb })
		}
	}
	must(t, w.Client.Update(t.Context(), role))
	return func() {
		must(t, w.Client.Get(t.Context(), key, role))
		role.Rules = before
		must(t, w.Client.Update(t.Context(), role))
	}
}

// unresolvable is an ExternalService of names that no server knows: there is none.
func (w *world) unresolvable(name string, names int) *v1alpha1.ExternalService {
	object := w.Web(name)
	for n := range names {
		object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: fmt.Sprintf("host-%d.example.com", n)})
	}
	return object
}

// greedy is an ExternalService whose hosts, of which none answers, wait for 10 s until the rate of
// probes lets them be checked.
func (w *world) greedy(name string) *v1alpha1.ExternalService {
	object := w.Web(name)
	for n := range 10 * probeRate {
		object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: fmt.Sprintf("198.19.%d.%d", n/250, 1+n%250)})
	}
	return object
}

// lag has the API server hang while a host dies, so that it hears of that late. It hangs
// before the host dies: two probes after the first, 200 ms apart, find that out.
func (w *world) lag(t *testing.T, h *host.Host) {
	t.Helper()
	server := w.Cluster.Process(programs.APIServer)
	must(t, server.Pause())
	must(t, h.Kill())
	waits.Elapse(t, 3*time.Second) // found out after 1.4 s at the latest, and late by more than a second
	must(t, server.Continue())
}

// starve has the prober stand still, again and again.
func (w *world) starve(t *testing.T) {
	t.Helper()
	for range 4 {
		for _, operator := range w.Operators {
			must(t, operator.Pause())
		}
		waits.Elapse(t, 1500*time.Millisecond) // far less than a lease lasts
		for _, operator := range w.Operators {
			must(t, operator.Continue())
		}
		waits.Elapse(t, time.Second)
	}
}

// wantCrossed: what an alert asks for is there, although it is not there for long enough.
func (w *world) wantCrossed(t *testing.T, alert string) {
	t.Helper()
	expression := ""
	for _, rule := range rules(t) {
		if rule.Alert == alert {
			expression = rule.Expr
		}
	}
	eventually(t, func() error {
		series, err := w.prometheus.Query(t.Context(), expression)
		if err == nil && len(series) == 0 {
			err = fmt.Errorf("nothing answers to %s", strings.TrimSpace(expression))
		}
		return err
	})
}

// wantAll: every alert of the chart was among those that fired or crossed their thresholds.
func wantAll(t *testing.T, seen []string) {
	t.Helper()
	for _, rule := range rules(t) {
		if !slices.ContainsFunc(seen, func(s string) bool { return strings.Fields(s)[0] == rule.Alert }) {
			t.Errorf("nothing here sets off %s", rule.Alert)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
