package externalservice

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// The API server refuses an event whose note is longer, and nobody is told then.
const mostNoted = 1024

func TestEventsAreNoLongerThanTheAPIServerTakes(t *testing.T) {
	longest := func(n int) string { return fmt.Sprintf("%03d", n) + strings.Repeat("."+strings.Repeat("x", 49), 5) }
	var lines []v1alpha1.EndpointStatus
	for n := range 5 {
		lines = append(lines, v1alpha1.EndpointStatus{
			Host: longest(n), Address: fmt.Sprintf("2001:db8:aaaa:bbbb:cccc:dddd:eeee:%x", 0x1000+n), Port: "pg", TargetPort: 65000,
			State: v1alpha1.EndpointUnhealthy, Reason: "CertificateExpiring", Since: new(metav1.NewTime(at(60))),
		})
	}
	o := object()
	o.Spec.Ports = nil
	for n := range 16 {
		o.Spec.Ports = append(o.Spec.Ports, v1alpha1.Port{
			Name: fmt.Sprintf("p%d", n), Port: int32(1000 + n), HealthCheck: &v1alpha1.HealthCheck{TCP: &v1alpha1.TCPCheck{Send: "base64:!"}},
		})
	}
	c := newCluster(t, o)
	c.mustReconcile()
	told := received(c.recorder)

	r := telling(lines...)
	r.Outage = true
	if message := status.PolicyMessage(r); len(message) < mostNoted {
		t.Fatalf("a message of %d bytes is not long enough to tell", len(message))
	}
	_, outage := reported(object(), r)
	told = append(told, outage...)

	for _, reason := range []string{"InvalidHost", "FailStatic"} {
		found := false
		for _, event := range told {
			note, is := strings.CutPrefix(event, "Warning "+reason+" ")
			if found = found || is; is && len(note) > mostNoted {
				t.Errorf("the note of %s has %d bytes: %.80s...", reason, len(note), note)
			}
		}
		if !found {
			t.Errorf("nobody is told of %s: %.300q", reason, told)
		}
	}
}

// Two ports of the Service may lead to one port of the host.
func TestAHostIsNamedOnceForEachOfItsPorts(t *testing.T) {
	var lines []v1alpha1.EndpointStatus
	for n := 1; n <= 4; n++ {
		for _, port := range []string{"a", "b"} {
			e := line(n, v1alpha1.EndpointUnhealthy, probes.Timeout)
			e.Port, e.Since = port, nil
			lines = append(lines, e)
		}
	}
	var changed []status.Transition
	for _, e := range lines {
		changed = append(changed, status.Transition{Endpoint: e, To: health.Unhealthy})
	}
	const want = "203.0.113.1:5432 timeout, 203.0.113.2:5432 timeout, 203.0.113.3:5432 timeout, and 1 more"
	if diff := cmp.Diff("unhealthy: "+want, status.Describe(changed, health.Unhealthy)); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, status.UnhealthyList(lines)); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}
