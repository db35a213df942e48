package service

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// nodeIn puts the node with kube-proxy and the clients into a zone while the test runs.
func (w *World) nodeIn(t *testing.T, zone string) {
	t.Helper()
	label := func(ctx context.Context, zone string) error {
		patch := fmt.Sprintf(`{"metadata":{"labels":{%q:%s}}}`, corev1.LabelTopologyZone, zone)
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: w.Cluster.Node().Name}}
		return w.Client.Patch(ctx, node, client.RawPatch("application/merge-patch+json", []byte(patch)))
	}
	if err := label(t.Context(), fmt.Sprintf("%q", zone)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), waits.Timeout)
		defer cancel()
		if err := label(ctx, "null"); err != nil {
			t.Error(err)
		}
	})
}

// TestTrafficStaysInZoneWhileHostRemains has two hosts in the clients' zone
// and two elsewhere, and kube-proxy read our hints.
func TestTrafficStaysInZoneWhileHostRemains(t *testing.T) {
	w := world(t)
	w.nodeIn(t, "zone-a")
	hosts := w.Cluster.Hosts()
	near, far := hosts[:2], hosts[2:]
	object := w.Web("zoned", hosts...)
	object.Spec.Service.TrafficDistribution = corev1.ServiceTrafficDistributionPreferClose
	for i, zone := range []string{"zone-a", "zone-a", "zone-b", "zone-b"} {
		object.Spec.Hosts[i].Zone = zone
	}
	w.Serve(t, object)
	client := w.Stream(t, "client in zone-a", "http://"+w.ClusterIP(t, "zoned")+"/")
	client.AwaitOnly(t, "all hosts are well", framework.Names(near...))
	w.AwaitRest(t)
	quiet := time.Now()
	client.AwaitCalm(t, quiet)
	w.NoWrites(t, quiet)

	if err := near[0].Kill(); err != nil {
		t.Fatal(err)
	}
	client.AwaitOnly(t, "one host of the zone died", framework.Names(near[1]))
	if err := near[1].Kill(); err != nil {
		t.Fatal(err)
	}
	client.AwaitOnly(t, "no host of the zone is left", framework.Names(far...))

	for _, h := range near {
		if err := h.Recover(); err != nil {
			t.Fatal(err)
		}
	}
	client.AwaitOnly(t, "the zone's hosts are back", framework.Names(near...))
	// A host in no zone is near to everybody.
	framework.Change(t, w.Client, object, func(o *v1alpha1.ExternalService) { o.Spec.Hosts[2].Zone = "" })
	client.AwaitOnly(t, "a host is in no zone", framework.Names(near[0], near[1], far[0]))
	framework.Change(t, w.Client, object, func(o *v1alpha1.ExternalService) { o.Spec.Service.TrafficDistribution = "" })
	client.AwaitOnly(t, "the Service prefers no zone", framework.Names(hosts...))
	for _, slice := range w.Slices(t, "zoned") {
		for _, e := range slice.Endpoints {
			if e.Hints != nil {
				t.Errorf("%s still has hints", e.Addresses[0])
			}
		}
	}
}

// TestLocalTrafficPolicyIsReported: the hosts are published and get nothing all the same.
func TestLocalTrafficPolicyIsReported(t *testing.T) {
	w := world(t)
	service := w.selectorless("local")
	w.Create(t, service)
	object := w.onExisting("local")
	w.Serve(t, object)
	client := w.Stream(t, "client", "http://"+w.ClusterIP(t, "local")+"/")
	framework.AwaitEach(t, []*framework.Stream{client}, w.Cluster.Hosts()[:2])

	framework.Change(t, w.Client, service, func(s *corev1.Service) {
		s.Spec.InternalTrafficPolicy = new(corev1.ServiceInternalTrafficPolicyLocal)
	})
	w.awaitDegraded(t, object, v1alpha1.ReasonLocalTrafficPolicy)
	t.Logf("told: %s", framework.Message(w.Get(t, object), v1alpha1.ConditionDegraded))
	waits.Eventually(t, waits.Timeout, func() error {
		report := client.Load.Report().Since(time.Now().Add(-framework.CalmWindow))
		if len(report.ByHost) > 0 || len(report.Failures) == 0 {
			return fmt.Errorf("hosts on no node are sent traffic: %s", report)
		}
		return nil
	})
	if err := w.Served(t, object); err != nil {
		t.Errorf("the hosts must stay published: %v", err)
	}

	framework.Change(t, w.Client, service, func(s *corev1.Service) {
		s.Spec.InternalTrafficPolicy = new(corev1.ServiceInternalTrafficPolicyCluster)
	})
	w.awaitDegraded(t, object, "")
	framework.AwaitEach(t, []*framework.Stream{client}, w.Cluster.Hosts()[:2])
}

// TestHostsOfMissingFamilyAreReported has hosts over IPv6 in a Service of IPv4.
func TestHostsOfMissingFamilyAreReported(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:2]
	object := w.Web("single", hosts...)
	object.Spec.Hosts = append(object.Spec.Hosts, over6(hosts)...)
	w.Serve(t, object)
	w.awaitDegraded(t, object, v1alpha1.ReasonFamilyMismatch)
	t.Logf("told: %s", framework.Message(w.Get(t, object), v1alpha1.ConditionDegraded))

	framework.Change(t, w.Client, object, func(o *v1alpha1.ExternalService) {
		o.Spec.Service.IPFamilyPolicy = new(corev1.IPFamilyPolicyPreferDualStack)
		o.Spec.Service.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
	})
	w.awaitDegraded(t, object, "")
}

// awaitDegraded waits until an object is Degraded for a reason; empty: it is not.
func (w *World) awaitDegraded(t *testing.T, object *v1alpha1.ExternalService, reason string) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		if current := w.Get(t, object); framework.Condition(current, v1alpha1.ConditionDegraded).Reason != reason {
			return fmt.Errorf("Degraded must be %q, is %s", reason, framework.Message(current, v1alpha1.ConditionDegraded))
		}
		return nil
	})
}
