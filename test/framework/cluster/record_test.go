package cluster_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/external-endpoints/operator/test/framework/audit"
	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// The records of a change of hosts agree: what slices said, who wrote it, and
// who got the traffic afterwards.
func TestRecordedSlicesMatchAuditLog(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Hosts: cluster.Hosts(2), CoreDNS: true})
	first, second := c.Host("host-1"), c.Host("host-2")
	ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
	defer cancel()
	history, err := c.RecordSlices(ctx, "default", "shop")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	publish(t, c, first, second)
	if _, err := history.Await(ctx, first.IPv4.String(), first.IPv6.String(), second.IPv4.String(), second.IPv6.String()); err != nil {
		t.Fatal(err)
	}
	publish(t, c, second)
	left, err := history.Await(ctx, second.IPv4.String(), second.IPv6.String())
	if err != nil {
		t.Fatal(err)
	}

	writes, err := c.Audit().Count(audit.Query{UserAgent: "kubectl", Since: start, Writes: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"patch endpointslices": 4, "patch services": 2}, writes); diff != "" {
		t.Errorf("writes by kubectl (-want +got):\n%s", diff)
	}

	target := load.Spec{Target: "http://shop.default.svc.cluster.local/", Nameserver: c.Nameserver()}
	answered(t, c, target, second.Name)
	t.Logf("%s left the slices at %s", first.Name, left.Format(time.StampMilli))
}

// A service account has its own rights and no others.
func TestServiceAccountHasOwnRBAC(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Hosts: cluster.Hosts(0)})
	config, err := c.ConfigFor(t.Context(), "default", "default")
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CoreV1().Services("default").Create(t.Context(),
		&corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{})
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "system:serviceaccount:default:default") {
		t.Errorf("creating a Service: %v", err)
	}
}
