package failover

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/quota"
	"github.com/external-endpoints/operator/test/framework/waits"
)

const (
	// starving objects have targets of their own: 60 x 4, each asked 5 times a second.
	starving = 60
)

// starvations are what is left, in percent of a core. The least is a fraction of what it
// takes, so that the prober is late all the while; with more it is late now and then,
// and a deadline that fires in time may yet be of an answer that nobody has read.
var starvations = []int{1, 8}

// Row 20: 7 seconds of each, a minute with E2E_FULL=1. Everybody is well and answers at once.
func TestProberStarvedOfCPURemovesNoHost(t *testing.T) {
	w := idleWorld(t)
	hosts := w.Cluster.Hosts()
	limit, err := quota.New()
	if err != nil {
		t.Skipf("*** SKIPPED: a prober starved of CPU: %v ***", err)
	}
	t.Cleanup(func() {
		waits.Eventually(t, waits.Timeout, limit.Remove) // the operator's end takes it a moment to notice
	})
	operator := w.Start(t, "starved", "--leader-elect=false")
	t.Cleanup(func() { operator.Stop() })
	if err := limit.Add(operator.PID()); err != nil {
		t.Fatal(err)
	}
	objects := w.famish(t, hosts)
	w.AwaitRest(t)
	for _, left := range starvations {
		w.starve(t, operator, limit, left, left == starvations[0])
	}

	// It is no test of one that has gone blind.
	dead, recorded := hosts[0], w.Record(t, objects[0].Name)
	framework.Fail(t, recorded, dead, (*host.Host).Kill, hosts[1:])
	framework.ComeBack(t, recorded, dead, hosts)
}

// starve leaves the operator so much CPU, and checks that nobody suffers for it.
func (w *World) starve(t *testing.T, operator *install.Operator, limit *quota.Quota, percent int, always bool) {
	t.Helper()
	downs, late := total(t, operator, `to="Unhealthy"`), repeated(t, operator)
	periods, throttled := throttling(t, limit)
	began := time.Now()
	if err := limit.Limit(percent); err != nil {
		t.Fatal(err)
	}
	waits.Elapse(t, waits.ShortOrFull(7*time.Second, time.Minute))
	if err := limit.Lift(); err != nil {
		t.Fatal(err)
	}
	lasted := time.Since(began)
	periodsThen, throttledThen := throttling(t, limit)
	periods, throttled = periodsThen-periods, throttledThen-throttled
	if always && (periods == 0 || 2*throttled < periods) {
		t.Fatalf("the prober was out of CPU in %d of %d periods only: it was not starved", throttled, periods)
	}
	w.AwaitRest(t)
	w.NoWrites(t, began, "externalservices/status", "events")
	down := total(t, operator, `to="Unhealthy"`) - downs
	if down > 0 {
		t.Errorf("with %d %% of a core %d hosts that answer at once were taken for dead", percent, down)
	}
	t.Logf("measured: %d targets with %d %% of a core for %s: out of CPU in %d of %d periods, %d hosts down, %d probes repeated",
		starving*len(w.Cluster.Hosts()), percent, framework.Ms(lasted), throttled, periods, down, repeated(t, operator)-late)
}

// famish creates the objects and waits until all are well.
func (w *World) famish(t *testing.T, hosts []*host.Host) []*v1alpha1.ExternalService {
	t.Helper()
	var objects []*v1alpha1.ExternalService
	for i := range starving {
		object := w.Web(fmt.Sprintf("starving-%02d", i), hosts...)
		object.Spec.HealthCheck.Interval, object.Spec.HealthCheck.Timeout = "200ms", "200ms"
		object.Spec.HealthCheck.HTTP.Path = host.HealthPath + "?" + strconv.Itoa(i) // a target of its own
		w.Create(t, object)
		objects = append(objects, object)
	}
	waits.Eventually(t, waits.Timeout, func() error { return w.Settled(t, starving) })
	return objects
}

func throttling(t *testing.T, limit *quota.Quota) (periods, throttled int) {
	t.Helper()
	periods, throttled, err := limit.Throttled()
	if err != nil {
		t.Fatal(err)
	}
	return periods, throttled
}

// total is how many verdicts of all objects have changed so far.
func total(t *testing.T, operator *install.Operator, label string) int {
	t.Helper()
	got, err := operator.Sum(t.Context(), "external_endpoints_transitions_total", label)
	if err != nil {
		t.Fatal(err)
	}
	return int(got)
}

// repeated is how many probes said nothing of a host, for the prober was late.
func repeated(t *testing.T, operator *install.Operator) int {
	t.Helper()
	got, err := operator.Sum(t.Context(), "external_endpoints_probes_total", `result="error"`)
	if err != nil {
		t.Fatal(err)
	}
	return int(got)
}
