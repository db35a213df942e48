package externalservice

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

func watching(o *v1alpha1.ExternalService) { o.Spec.Mode = v1alpha1.ModeObserve }

func publishing(o *v1alpha1.ExternalService) { o.Spec.Mode = v1alpha1.ModePublish }

// published lists the hosts of which the status says that they get traffic.
func (c *cluster) published() []string {
	c.t.Helper()
	var hosts []string
	for _, e := range c.object().Status.Endpoints {
		if e.Published {
			hosts = append(hosts, e.Host)
		}
	}
	return hosts
}

func (c *cluster) wantPublished(hosts ...string) {
	c.t.Helper()
	if diff := cmp.Diff(hosts, c.published()); diff != "" {
		c.t.Errorf("published by the status (-want +got):\n%s", diff)
	}
}

func (c *cluster) wantConditions(want map[string]string) {
	c.t.Helper()
	if diff := cmp.Diff(want, inShort(c.object().Status.Conditions)); diff != "" {
		c.t.Errorf("conditions (-want +got):\n%s", diff)
	}
}

// wantSample asks for a sample of a metric of the object.
func (c *cluster) wantSample(want string) {
	c.t.Helper()
	if got := scrape(c.t, c.registry); !slices.Contains(got, want) {
		c.t.Errorf("there is no %s in %q", want, got)
	}
}

const publishedMetric = "external_endpoints_published_endpoints{name=orders-db,namespace=shop} "

func TestWhoeverObservesWritesTheStatusAlone(t *testing.T) {
	c := newCluster(t, object(watching))
	c.wantWrites(c.mustReconcile(), updateStatus)
	c.wantConditions(map[string]string{"Accepted": "True Accepted", "Programmed": "False Observing",
		"Available": "Unknown Pending", "Ready": "False Observing", "Reconciling": "True Pending"})
	if got := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionAccepted).Message; !strings.Contains(got, "would be created") {
		t.Errorf("Accepted says %q", got)
	}
	if got := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionReady).Message; !strings.Contains(got, "set spec.mode to Publish") {
		t.Errorf("Ready says %q", got)
	}
	if got := received(c.recorder); len(got) != 1 || !strings.HasPrefix(got[0], "Normal Observing") {
		t.Errorf("told %q", got)
	}
	c.wantWrites(c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): down(0)}), updateStatus)
	c.wantConditions(map[string]string{"Accepted": "True Accepted", "Programmed": "False Observing", "Available": "True Available",
		"Ready": "False Observing", "Degraded": "True HostsUnhealthy", "Stalled": "True Observing"})
	c.wantPublished()
	c.wantSample(publishedMetric + "0")
	c.wantQuiet()
	c.restart()
	c.wantQuiet()

	c.edit(publishing)
	c.wantWrites(c.mustReconcile(), createService, createSlice, createEndpoints, updateStatus)
	if diff := cmp.Diff([]string{"203.0.113.1", "203.0.113.2"}, c.serving()); diff != "" {
		t.Errorf("serving (-want +got):\n%s", diff)
	}
}

func TestWhatWasPublishedIsLetGo(t *testing.T) {
	c := allUp(t, object())
	c.edit(watching)
	c.wantWrites(c.mustReconcile(), updateStatus)
	c.wantPublished("203.0.113.1", "203.0.113.2", "203.0.113.3")

	// Neither a host that fails nor what others do to our objects has us write there.
	c.failHost()
	c.wantWrites(c.mustReconcile(), updateStatus)
	c.wantPublished("203.0.113.1", "203.0.113.2", "203.0.113.3")
	c.takeOut(0)
	for _, o := range []client.Object{read(c, &corev1.Service{}), read(c, &corev1.Endpoints{})} {
		if err := c.server.Delete(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	c.wantWrites(c.mustReconcile(), updateStatus)
	c.wantPublished("203.0.113.2", "203.0.113.3")
	c.wantSample(publishedMetric + "2")

	// The spec may change meanwhile. What it no longer has gets traffic all the same.
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Hosts = o.Spec.Hosts[:2] })
	c.wantWrites(c.mustReconcile(), updateStatus)
	c.wantPublished("203.0.113.2")
	c.wantSample(publishedMetric + "2")
	if got := len(c.serving()); got != 2 {
		t.Errorf("%d hosts are serving", got)
	}
	c.wantQuiet()
}

// takeOut marks the n-th endpoint of our only slice as unhealthy, as somebody else.
func (c *cluster) takeOut(n int) {
	c.t.Helper()
	no := false
	c.tamper(func(s *discoveryv1.EndpointSlice) {
		s.Endpoints[n].Conditions.Ready, s.Endpoints[n].Conditions.Serving = &no, &no
	})
}

func TestPublishingGoesOnFromWhatTheSlicesSay(t *testing.T) {
	tests := []struct {
		name  string
		while func(*cluster)
		want  []string
		// writes is what the change of the mode leads to.
		writes []string
	}{
		{"nothing happened", func(*cluster) {}, []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"}, []string{updateStatus}},
		{"a host failed", (*cluster).failHost, []string{"203.0.113.1", "203.0.113.3"}, []string{updateSlice, updateEndpoints, updateStatus}},
		{"somebody took a host out that is healthy", func(c *cluster) { c.takeOut(0) }, []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"}, []string{updateSlice, updateStatus}},
		{"somebody took a host out that then failed, and there is no evidence to take it out again", func(c *cluster) {
			c.takeOut(1)
			v := c.engine.verdicts[engine.Key(orders)]
			v[id(1)], v[id(2)], v[id(3)] = down(50), down(50), down(50)
		}, []string{"203.0.113.1", "203.0.113.3"}, []string{updateEndpoints, updateStatus}},
		{"somebody deleted the slice", func(c *cluster) {
			slice := c.slices()[0]
			if err := c.server.Delete(c.t.Context(), &slice); err != nil {
				c.t.Fatal(err)
			}
		}, []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"}, []string{createSlice, updateStatus}},
	}
	for _, tt := range tests {
		for _, restarts := range []bool{false, true} {
			t.Run(tt.name+map[bool]string{true: ", and the operator was restarted"}[restarts], func(t *testing.T) {
				c := allUp(t, object())
				c.edit(watching)
				c.mustReconcile()
				tt.while(c)
				c.mustReconcile()
				c.wantQuiet()
				if restarts {
					v := c.engine.verdicts
					c.restart()
					c.wantQuiet()
					c.engine.verdicts = v // what its own probes found
					c.mustReconcile()
				}
				received(c.recorder)
				c.edit(publishing)
				c.wantWrites(c.mustReconcile(), tt.writes...)
				if diff := cmp.Diff(tt.want, c.serving()); diff != "" {
					t.Errorf("serving (-want +got):\n%s", diff)
				}
				// The user changed the mode: no probe is to be timed by that.
				for _, slice := range c.slices() {
					if at, told := slice.Annotations[corev1.EndpointsLastChangeTriggerTime]; told && slices.Contains(tt.writes, updateSlice) {
						t.Errorf("triggered at %s", at)
					}
				}
				for _, event := range received(c.recorder) {
					if !strings.Contains(event, v1alpha1.ReasonFailStatic) {
						t.Errorf("told %q, which was told before", event)
					}
				}
				c.wantQuiet()
			})
		}
	}
}

func TestAConflictIsShownWhileObservingAndNothingIsWithdrawn(t *testing.T) {
	c := allUp(t, object())
	c.edit(watching)
	c.mustReconcile()
	c.selectPods()
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.condition(v1alpha1.ConditionStalled) + ", " + c.condition(v1alpha1.ConditionReady); got != "True ServiceHasSelector, False ServiceHasSelector" {
		t.Errorf("Stalled and Ready are %s", got)
	}
	if got := len(c.serving()); got != 3 {
		t.Errorf("%d hosts are serving", got)
	}
	c.failHost()
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.object().Status.Hosts.Summary; got != "2/3" {
		t.Errorf("healthy are %s", got)
	}
	c.wantQuiet()
}

func TestWhoeverObservesExpectsOthersToPublish(t *testing.T) {
	endpoints, mirror := byHand("203.0.113.1", "203.0.113.77")
	endpoints.OwnerReferences = controlledBy("Pod", "patroni", "p").OwnerReferences
	theirs := theirSlice(discoveryv1.Endpoint{Addresses: []string{"203.0.113.2"}})
	c := newCluster(t, object(existing, watching), somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}), endpoints, mirror, theirs)
	c.wantWrites(c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)}), updateStatus)
	if got := c.condition(v1alpha1.ConditionAccepted); got != "True Accepted" {
		t.Errorf("Accepted is %s", got)
	}
	c.wantPublished()
	c.wantQuiet()
	c.edit(publishing)
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.condition(v1alpha1.ConditionAccepted); got != "False ServiceConflict" {
		t.Errorf("Accepted is %s", got)
	}
}

func TestWhoeverObservesClaimsAServiceByItsSlicesOnly(t *testing.T) {
	earlier := metav1.NewTime(tenOClock.Add(-time.Hour))
	rival := func(edits ...func(*v1alpha1.ExternalService)) *v1alpha1.ExternalService {
		return object(append(edits, func(o *v1alpha1.ExternalService) {
			o.Name, o.UID, o.Spec.Service.Name, o.CreationTimestamp = "orders", "xsvc-0", orders.Name, earlier
		})...)
	}
	left := theirSlice(discoveryv1.Endpoint{Addresses: []string{"203.0.113.9"}})
	left.Labels[discoveryv1.LabelManagedBy] = v1alpha1.ManagedBy
	left.OwnerReferences = []metav1.OwnerReference{desired.OwnerReference(rival())}
	tests := []struct {
		name   string
		rival  *v1alpha1.ExternalService
		object *v1alpha1.ExternalService
		slice  bool
		want   string
	}{
		{"an older one that observes", rival(watching), object(), false, "True Accepted"},
		{"an older one that observes and published before", rival(watching), object(), true, "False Claimed"},
		{"an older one that publishes", rival(), object(), false, "False Claimed"},
		{"an older one that publishes is shown to whoever observes", rival(), object(watching), false, "False Claimed"},
		{"two that observe", rival(watching), object(watching), false, "True Accepted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(t, tt.rival, tt.object)
			if tt.slice {
				if err := c.server.Create(t.Context(), left.DeepCopy()); err != nil {
					t.Fatal(err)
				}
			}
			c.mustReconcile()
			if got := c.condition(v1alpha1.ConditionAccepted); got != tt.want {
				t.Errorf("Accepted is %s, want %s", got, tt.want)
			}
			if len(c.engine.verdicts) == 0 && (tt.want == "True Accepted" || tt.object.Spec.Observes()) {
				t.Error("the hosts are not probed")
			}
		})
	}
}

func TestAnOutageIsNotOverBecauseNobodyActsOnIt(t *testing.T) {
	c := allUp(t, object())
	v := c.engine.verdicts[engine.Key(orders)]
	v[id(1)], v[id(2)], v[id(3)] = down(50), down(50), down(50)
	c.mustReconcile()
	v[id(1)] = up(60)
	c.mustReconcile()
	if got := c.condition(v1alpha1.ConditionDegraded); got != "True FailStatic" {
		t.Fatalf("Degraded is %s", got)
	}
	received(c.recorder)
	c.edit(watching)
	c.mustReconcile()
	if got := received(c.recorder); len(got) != 1 || !strings.HasPrefix(got[0], "Normal Observing") {
		t.Errorf("told %q", got)
	}
	c.wantSample("external_endpoints_fail_static{name=orders-db,namespace=shop} 0")
}

func TestTheStatesOfHostsAreTheSameInBothModes(t *testing.T) {
	listed := withHosts(append(hostsNumbered(1, 2, 3, 4), v1alpha1.Host{Address: "not an address"})...)
	for _, mode := range []func(*v1alpha1.ExternalService){publishing, watching} {
		c := newCluster(t, object(listed, mode, withState(2, v1alpha1.HostDisabled), withState(3, v1alpha1.HostDrain)))
		c.r.policy = except(address(2))
		c.judged(hosts.Verdicts{id(1): health.TakenOver(health.Unhealthy, at(0), probes.Timeout), id(4): up(0)})
		var states []v1alpha1.EndpointState
		for _, e := range c.object().Status.Endpoints {
			states = append(states, e.State)
		}
		want := []v1alpha1.EndpointState{v1alpha1.EndpointUnhealthy, v1alpha1.EndpointDenied, v1alpha1.EndpointDisabled, v1alpha1.EndpointDraining}
		if diff := cmp.Diff(want, states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		if got := c.condition(v1alpha1.ConditionAccepted); got != "False InvalidHost" {
			t.Errorf("Accepted is %s", got)
		}
	}
}
