package failover

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

const (
	// limitHosts and limitPorts are as many as one object may have.
	limitHosts, limitPorts = 1000, 16
	// firstHanging is the first port that accepts connections and says nothing.
	firstHanging = 9101
	// mostGroups is how many groups of EndpointSlices an object may have.
	mostGroups = 64
	// limitMemory is less than the chart's limit, 256 MiB, with room.
	limitMemory = 230 << 20
)

// Row 25: one namespace is at every limit: 16,000 targets that hang, 1,000 names that hang,
// 1,000 hosts with ports of their own, and more targets than it may have. A host in another
// namespace goes out as if it were not there, and each object that is refused or held back
// says by what.
func TestFailoverTimeIsSameBesideNamespaceAtEveryLimit(t *testing.T) {
	w, greedy, server := idleWorld(t), idleWorld(t), framework.Nameserver(t)
	operator := w.startGuarded(t, "limits")
	alone := w.failOvers(t, "alone")

	hanging := greedy.hanging(t)
	names := greedy.hangingNames(t, server)
	ownPorts := greedy.ownPorts(t)
	tooMany := greedy.tooMany(t)
	waits.Eventually(t, waits.Timeout, func() error {
		return errors.Join(
			greedy.refuses(t, ownPorts, fmt.Sprintf("%d groups", limitHosts), fmt.Sprintf("at most %d", mostGroups)),
			greedy.refuses(t, tooMany, "the spec has 5000 targets", "--max-targets-per-namespace"),
			greedy.holdsBack(t, hanging, "--max-probes-in-flight"),
			greedy.isStale(t, names),
			greedy.backlog(t, operator),
		)
	})
	if waits.Full() { // and when every host that hangs is known to
		waits.Eventually(t, 10*time.Minute, func() error { return greedy.allHang(t, hanging) })
	}
	beside := w.failOvers(t, "beside")
	framework.Within(t, "first failing probe to slice, beside a namespace at every limit", beside, alone+framework.Slack)
	operator.unharmed(t, limitMemory)

	// All the while it was at its limits.
	if err := errors.Join(
		greedy.refuses(t, ownPorts, "groups"), greedy.refuses(t, tooMany, "--max-targets-per-namespace"), greedy.backlog(t, operator),
	); err != nil {
		t.Error(err)
	}
	for _, o := range []*v1alpha1.ExternalService{ownPorts, tooMany} {
		if n := len(greedy.Slices(t, o.Name)); n > 0 {
			t.Errorf("%s is refused and has %d slices", o.Name, n)
		}
	}
}

// atLimit is an object of 1,000 hosts with so many ports.
func (w *World) atLimit(t *testing.T, name string, ports int) *v1alpha1.ExternalService {
	t.Helper()
	o := w.Web(name)
	o.Spec.Ports = nil
	for n := range int32(ports) {
		o.Spec.Ports = append(o.Spec.Ports, v1alpha1.Port{Name: fmt.Sprintf("p%d", n), Port: 80 + n, TargetPort: firstHanging + n})
	}
	for _, address := range outside(t, limitHosts) {
		o.Spec.Hosts = append(o.Spec.Hosts, v1alpha1.Host{Address: address.String()})
	}
	// A probe that hangs in a handshake takes the most memory, and its place for as long as may be.
	o.Spec.HealthCheck = v1alpha1.HealthCheck{Interval: "10s", Timeout: "10s", FastInterval: "100ms", TLS: &v1alpha1.TLSCheck{}}
	return o
}

// hanging has as many targets as an object may have, which accept connections and say nothing.
func (w *World) hanging(t *testing.T) *v1alpha1.ExternalService {
	t.Helper()
	for n := range int32(limitPorts) {
		listen(t, firstHanging+n, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	}
	o := w.atLimit(t, "a-hanging", limitPorts)
	w.Create(t, o)
	return o
}

// hangingNames has as many names as an object may have, of which the server never says a word.
func (w *World) hangingNames(t *testing.T, server *resolvetest.Server) *v1alpha1.ExternalService {
	t.Helper()
	var names []string
	for n := range limitHosts {
		name := fmt.Sprintf("hanging-%d.example.com", n)
		server.Set(name, resolvetest.Name{Fault: resolvetest.Silence})
		t.Cleanup(func() { server.Unset(name) })
		names = append(names, name)
	}
	o := w.ByName("b-names", names...)
	w.Create(t, o)
	return o
}

// ownPorts has as many hosts as an object may have, each with a port of its own.
func (w *World) ownPorts(t *testing.T) *v1alpha1.ExternalService {
	t.Helper()
	o := w.atLimit(t, "c-own-ports", 1)
	for n := range o.Spec.Hosts {
		o.Spec.Hosts[n].Ports = []v1alpha1.HostPort{{Name: "p0", TargetPort: int32(10000 + n)}}
	}
	w.Create(t, o)
	return o
}

// tooMany has more targets than the namespace has left of its 20,000.
func (w *World) tooMany(t *testing.T) *v1alpha1.ExternalService {
	t.Helper()
	o := w.atLimit(t, "d-too-many", 5)
	w.Create(t, o)
	return o
}

// refuses returns nil when the object is not accepted, and says by which limit.
func (w *World) refuses(t *testing.T, o *v1alpha1.ExternalService, texts ...string) error {
	t.Helper()
	return w.saysLimit(t, o, v1alpha1.ConditionAccepted, texts)
}

// holdsBack returns nil when the object says which limit delays its checks.
func (w *World) holdsBack(t *testing.T, o *v1alpha1.ExternalService, texts ...string) error {
	t.Helper()
	return w.saysLimit(t, o, v1alpha1.ConditionDegraded, texts)
}

func (w *World) saysLimit(t *testing.T, o *v1alpha1.ExternalService, condition string, texts []string) error {
	t.Helper()
	current := w.Get(t, o)
	c := framework.Condition(current, condition)
	for _, text := range texts {
		if c.Reason != v1alpha1.ReasonLimitExceeded || !strings.Contains(c.Message, text) {
			return fmt.Errorf("%s: %s is %s, want %q because of %s", o.Name, condition, framework.Message(current, condition), text,
				v1alpha1.ReasonLimitExceeded)
		}
	}
	return nil
}

// allHang returns nil when all hosts of the object are unhealthy.
func (w *World) allHang(t *testing.T, o *v1alpha1.ExternalService) error {
	t.Helper()
	current := w.Get(t, o)
	if c := framework.Condition(current, v1alpha1.ConditionAvailable); c.Reason != v1alpha1.ReasonAllUnhealthy {
		return fmt.Errorf("%s: Available is %s", o.Name, framework.Message(current, v1alpha1.ConditionAvailable))
	}
	return nil
}

// isStale returns nil when the object says that its names are not resolved.
func (w *World) isStale(t *testing.T, o *v1alpha1.ExternalService) error {
	t.Helper()
	current := w.Get(t, o)
	for _, e := range current.Status.Endpoints {
		if e.Reason == "NameTimeout" {
			return nil
		}
	}
	return fmt.Errorf("%s: no name fails, %s", o.Name, framework.Message(current, v1alpha1.ConditionReady))
}

// backlog returns nil when the metric, and with it the alert, says whose probes are held back.
func (w *World) backlog(t *testing.T, operator *guarded) error {
	t.Helper()
	const alert = 5
	seconds, err := operator.Sum(t.Context(), "external_endpoints_probe_backlog_seconds", fmt.Sprintf("namespace=%q", w.Namespace))
	if err == nil && seconds <= alert {
		err = fmt.Errorf("the oldest probe of namespace %s is held back for %v s only", w.Namespace, seconds)
	}
	return err
}
