package access

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// checkCase is an object with one kind of check, and how a host fails it.
type checkCase struct {
	name string
	port v1alpha1.Port
	// check is what is asked, beside the intervals.
	check v1alpha1.HealthCheck
	// fail breaks the host for that check.
	fail func(*host.Host) error
	// reason is why the host is out; empty: it stays in.
	reason string
}

var (
	webPort  = v1alpha1.Port{Name: "http", Port: 80, TargetPort: 8080}
	echoPort = v1alpha1.Port{Name: "echo", Port: 90, TargetPort: 9000}
	dnsPort  = v1alpha1.Port{Name: "dns", Protocol: corev1.ProtocolUDP, Port: 53, TargetPort: 5353}
)

var checkCases = []checkCase{
	{
		name: "tcp-connect", port: echoPort, check: v1alpha1.HealthCheck{TCP: &v1alpha1.TCPCheck{}},
		fail: (*host.Host).Kill, reason: "ConnectionRefused",
	},
	{
		name: "tcp-send-and-expect", port: echoPort,
		check: v1alpha1.HealthCheck{TCP: &v1alpha1.TCPCheck{Send: "are you there\n", Expect: "are you there"}},
		fail:  (*host.Host).Hang, reason: "Timeout",
	},
	{
		name: "http-on-a-check-port", port: webPort,
		check: v1alpha1.HealthCheck{Port: 8008, HTTP: &v1alpha1.HTTPCheck{Path: "/primary"}},
		fail:  func(h *host.Host) error { return h.Health().Status(503) }, reason: "UnexpectedStatus",
	},
	{
		name: "http-with-a-body", port: webPort,
		check: v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{ExpectedBody: &v1alpha1.ExpectedBody{Matches: "^host-[0-9]\n$"}}},
		fail:  (*host.Host).Reset, reason: "Reset",
	},
	{
		name: "http-that-wants-another-body", port: webPort,
		check: v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{ExpectedBody: &v1alpha1.ExpectedBody{Contains: "primary"}}},
	},
	{
		name: "udp", port: dnsPort, check: v1alpha1.HealthCheck{UDP: &v1alpha1.UDPCheck{Send: "ping", Expect: "ping"}},
		fail: (*host.Host).Hang, reason: "Timeout",
	},
	{
		name: "udp-without-expectation", port: dnsPort, check: v1alpha1.HealthCheck{UDP: &v1alpha1.UDPCheck{Send: "ping"}},
		fail: (*host.Host).Kill, reason: "ConnectionRefused",
	},
	{
		name: "none", port: webPort, check: v1alpha1.HealthCheck{None: &v1alpha1.NoCheck{}},
		fail: (*host.Host).Kill,
	},
}

func TestCheckKindsDetectFailure(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:3]
	broken := hosts[0]
	for _, c := range checkCases {
		t.Run(c.name, func(t *testing.T) {
			object := w.Web(c.name, hosts...)
			object.Spec.Ports = []v1alpha1.Port{c.port}
			c.check.Interval, c.check.FastInterval, c.check.Timeout = "500ms", "100ms", "300ms"
			object.Spec.HealthCheck = c.check
			w.Create(t, object)
			defer w.Remove(t, object)
			if c.fail == nil {
				waits.Eventually(t, waits.Timeout, func() error { return allOut(w.Get(t, object), "UnexpectedBody") })
				return
			}
			waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, object) })

			if err := c.fail(broken); err != nil {
				t.Fatal(err)
			}
			if c.reason == "" {
				waits.Always(t, framework.Watched, func() error { return w.Served(t, object) })
			} else {
				waits.Eventually(t, waits.Timeout, func() error { return framework.ToldOut(w.Get(t, object), broken, c.reason) })
			}
			if err := broken.Recover(); err != nil {
				t.Fatal(err)
			}
			waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, object) })
		})
	}
}

// allOut returns nil when no host is healthy, for that reason, and none is published.
func allOut(object *v1alpha1.ExternalService, reason string) error {
	if len(object.Status.Endpoints) == 0 {
		return fmt.Errorf("ExternalService %s: no status yet", object.Name)
	}
	for _, e := range object.Status.Endpoints {
		if e.State != v1alpha1.EndpointUnhealthy || e.Reason != reason || e.Published {
			return fmt.Errorf("status of %s is %+v, want Unhealthy because of %s and not published", e.Address, e, reason)
		}
	}
	return nil
}
