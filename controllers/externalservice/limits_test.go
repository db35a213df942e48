package externalservice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/engine"
)

func TestOverLimit(t *testing.T) {
	claim := func(name string, created, targets, inUse int) targetClaim {
		return targetClaim{name: name, created: at(created), targets: targets, inUse: inUse}
	}
	tests := []struct {
		name   string
		claims []targetClaim
		want   []string
	}{
		{"nothing is claimed", nil, nil},
		{"all fit exactly", []targetClaim{claim("a", 0, 60, 0), claim("b", 1, 40, 0)}, nil},
		{"the younger is over", []targetClaim{claim("a", 1, 60, 0), claim("b", 0, 41, 0)}, []string{"a"}},
		{"of the same age the later name is over", []targetClaim{claim("b", 0, 60, 0), claim("a", 0, 60, 0)}, []string{"b"}},
		{"one that is too big alone is over", []targetClaim{claim("a", 0, 101, 0)}, []string{"a"}},
		{"one that is too big leaves the place to those after it", []targetClaim{claim("a", 0, 101, 0), claim("b", 1, 100, 0)}, []string{"a"}},
		{"but what it has in use counts", []targetClaim{claim("a", 0, 101, 20), claim("b", 1, 81, 0)}, []string{"a", "b"}},
		{"an older one that grows takes the place of a younger one", []targetClaim{claim("a", 0, 90, 10), claim("b", 1, 20, 20)}, []string{"b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, slices.Sorted(maps.Keys(overLimit(tt.claims, 100)))); diff != "" {
				t.Errorf("over the limit (-want +got):\n%s", diff)
			}
		})
	}
}

// ownPorts are n hosts of which each has a target port of its own on each of the ports.
func ownPorts(n int, ports ...v1alpha1.Port) func(*v1alpha1.ExternalService) {
	return func(o *v1alpha1.ExternalService) {
		o.Spec.Ports, o.Spec.Hosts = ports, nil
		for i := range n {
			host := v1alpha1.Host{Address: address(i + 1).String(), State: v1alpha1.HostActive}
			for _, port := range ports {
				host.Ports = append(host.Ports, v1alpha1.HostPort{Name: port.Name, TargetPort: port.Port + int32(i)})
			}
			o.Spec.Hosts = append(o.Spec.Hosts, host)
		}
	}
}

func TestSliceGroups(t *testing.T) {
	ipv6 := v1alpha1.Host{Address: "2001:db8::1", State: v1alpha1.HostActive}
	oneCheck := func(o *v1alpha1.ExternalService) { o.Spec.HealthCheck.Port = 8008 }
	tests := []struct {
		name   string
		object *v1alpha1.ExternalService
		want   int
	}{
		{"no hosts", object(withHosts()), 0},
		{"hosts with the same port", object(), 1},
		{"two families", object(withHosts(append(hostsNumbered(1, 2), ipv6)...)), 2},
		{"two ports with checks of their own", object(withPorts(pgPort, webPort)), 2},
		{"two ports with one check", object(withPorts(pgPort, webPort), oneCheck), 1},
		{"a port of its own for each host", object(ownPorts(10, pgPort)), 10},
		{"two ports for each host", object(ownPorts(10, pgPort, webPort)), 20},
		{"two ports for each host with one check", object(ownPorts(10, pgPort, webPort), oneCheck), 10},
		{"a disabled host has no slice", object(ownPorts(2, pgPort), withState(1, v1alpha1.HostDisabled)), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := hosts.SliceGroups(endpointsOf(tt.object)); got != tt.want {
				t.Errorf("got %d groups, want %d", got, tt.want)
			}
		})
	}
}

func (c *cluster) acceptedMessage() string {
	return status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionAccepted).Message
}

func TestTooManySliceGroupsAreNotAccepted(t *testing.T) {
	c := newCluster(t, object(ownPorts(hosts.MaxSliceGroups+1, pgPort)))
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.condition(v1alpha1.ConditionAccepted); got != "False LimitExceeded" {
		t.Errorf("Accepted is %s", got)
	}
	if got := c.acceptedMessage(); !strings.Contains(got, "65") || !strings.Contains(got, "64") {
		t.Errorf("the message lacks the number or the bound: %s", got)
	}
	if n := len(c.engine.verdicts[engine.Key(orders)]); n > 0 {
		t.Errorf("%d hosts are probed", n)
	}
	c.wantQuiet()

	c.edit(ownPorts(hosts.MaxSliceGroups, pgPort))
	c.mustReconcile()
	if got := c.condition(v1alpha1.ConditionAccepted); got != "True Accepted" {
		t.Errorf("within the limit, Accepted is %s", got)
	}
	if n := len(c.engine.verdicts[engine.Key(orders)]); n != hosts.MaxSliceGroups {
		t.Errorf("%d hosts are probed, want %d", n, hosts.MaxSliceGroups)
	}
}

func TestPublishedHostsOverALimitAreLookedAfter(t *testing.T) {
	c := allUp(t, object())
	c.edit(func(o *v1alpha1.ExternalService) {
		published := o.Spec.Hosts
		ownPorts(hosts.MaxSliceGroups+10, pgPort)(o)
		o.Spec.Hosts = append(published, o.Spec.Hosts[len(published):]...)
	})
	check := func() {
		t.Helper()
		if got := c.condition(v1alpha1.ConditionAccepted); got != "False LimitExceeded" {
			t.Errorf("Accepted is %s", got)
		}
		if n := len(c.engine.verdicts[engine.Key(orders)]); n != 3 {
			t.Errorf("%d hosts are probed, want the 3 that are published", n)
		}
	}
	c.wantWrites(c.mustReconcile(), updateStatus)
	check()
	c.failHost()
	c.wantWrites(c.mustReconcile(), updateSlice, updateEndpoints, updateStatus)
	check()
	if got := len(c.serving()); got != 2 {
		t.Errorf("%d hosts get traffic, want 2", got)
	}
	c.restart()
	c.mustReconcile()
	check()
}

func TestNamespaceOverItsTargetsKeepsTheOlderObjects(t *testing.T) {
	second := types.NamespacedName{Namespace: orders.Namespace, Name: "second"}
	younger := object(withHosts(hostsNumbered(4, 5, 6)...), func(o *v1alpha1.ExternalService) {
		o.Name, o.UID, o.CreationTimestamp = second.Name, "xsvc-2", metav1.NewTime(at(60))
	})
	c := newCluster(t, object(), younger)
	queue := priorityqueue.New[reconcile.Request]("limits")
	defer queue.ShutDown()
	c.r.limits = newTargetLimits(5)
	c.r.requeue = &requestSource{}
	if err := c.r.requeue.Start(t.Context(), queue); err != nil {
		t.Fatal(err)
	}
	accepted := func(name types.NamespacedName) string {
		t.Helper()
		if _, err := c.reconcileNamed(name); err != nil {
			t.Fatal(err)
		}
		o := &v1alpha1.ExternalService{}
		if err := c.server.Get(t.Context(), name, o); err != nil {
			t.Fatal(err)
		}
		message := status.FindCondition(o.Status.Conditions, v1alpha1.ConditionAccepted).Message
		if got := inShort(o.Status.Conditions)[v1alpha1.ConditionAccepted]; got != "False LimitExceeded" {
			return got
		}
		for _, want := range []string{"3 targets", "more than 5", "--max-targets-per-namespace"} {
			if !strings.Contains(message, want) {
				t.Errorf("the message lacks %q: %s", want, message)
			}
		}
		return "over"
	}
	want := func(name types.NamespacedName, want string) {
		t.Helper()
		if got := accepted(name); got != want {
			t.Errorf("%s is %s, want %s", name.Name, got, want)
		}
	}
	woken := func() (names []string) {
		for queue.Len() > 0 {
			request, _ := queue.Get()
			names = append(names, request.Name)
			queue.Done(request)
		}
		return names
	}
	// Whichever a new process sees first.
	want(second, "over")
	want(orders, "True Accepted")
	want(second, "over")
	woken()

	c.edit(withHosts(hostsNumbered(1, 2)...))
	want(orders, "True Accepted")
	if diff := cmp.Diff([]string{"second"}, woken()); diff != "" {
		t.Errorf("when the older shrinks, woken are (-want +got):\n%s", diff)
	}
	want(second, "True Accepted")

	c.edit(withHosts(hostsNumbered(1, 2, 3)...))
	want(orders, "True Accepted")
	if diff := cmp.Diff([]string{"second"}, woken()); diff != "" {
		t.Errorf("when the older grows, woken are (-want +got):\n%s", diff)
	}
	want(second, "over")
	if n := len(c.engine.verdicts[engine.Key(second)]); n != 3 {
		t.Errorf("%d hosts of the younger are probed, want the 3 that were before", n)
	}
	if err := c.server.Delete(t.Context(), c.object()); err != nil {
		t.Fatal(err)
	}
	c.mustReconcile()
	if diff := cmp.Diff([]string{"second"}, woken()); diff != "" {
		t.Errorf("when the older goes, woken are (-want +got):\n%s", diff)
	}
	want(second, "True Accepted")
}

func TestTargetLimitsForgetObjects(t *testing.T) {
	l := newTargetLimits(5)
	for n := range 3 {
		l.set("shop", targetClaim{name: fmt.Sprint(n), created: at(n), targets: 4})
	}
	for n := range 3 {
		l.remove(types.NamespacedName{Namespace: "shop", Name: fmt.Sprint(n)})
	}
	if len(l.namespaces) > 0 {
		t.Errorf("it keeps %v", l.namespaces)
	}
}
