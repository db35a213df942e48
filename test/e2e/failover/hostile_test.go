package failover

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

const (
	// zoneName is an SRV name whose answers are as large as they can be: the product of its
	// records and of the addresses of their one target is four millions.
	zoneName, zoneTarget        = "_pg._tcp.zone.example.com", "target.zone.example.com"
	zoneServices, zoneAddresses = 1200, 3500
	// zoneRecords are as many as one object may watch: each is a group of EndpointSlices.
	zoneRecords = 64
	// patternBody is as much as is read of a body, and patternHosts are those that answer with
	// it ten times a second.
	patternBody, patternHosts, patternPort = 8192, 4, 8001
	// hostileMemory is what the operator may take beside them.
	hostileMemory = 150 << 20
)

// worstPattern is the most expensive that is admitted: each of its 255 instructions looks at
// each byte of the body.
var worstPattern = strings.Repeat("x?", 127) + "y"

// Row 25: one object watches a zone that multiplies, another has the worst pattern matched
// with all of a body, each ten times a second. A host of a third object in another
// namespace goes out as if they were not there.
func TestFailoverTimeIsSameBesideHostileZoneAndPattern(t *testing.T) {
	w, hostile, server := idleWorld(t), idleWorld(t), framework.Nameserver(t)
	operator := w.startGuarded(t, "hostile")
	alone := w.failOvers(t, "alone")

	zone, pattern := hostile.zone(t, server), hostile.pattern(t)
	waits.Eventually(t, waits.Timeout, func() error {
		return errors.Join(hostile.isTruncated(t, zone), hostile.isMatched(t, operator, pattern))
	})
	asked, before := server.Queries(zoneName, dns.TypeSRV), operator.probed(t, zone, pattern)
	beside := w.failOvers(t, "beside")
	framework.Within(t, "first failing probe to slice, beside a hostile zone and pattern", beside, alone+framework.Slack)
	operator.unharmed(t, hostileMemory)

	// All the while they were as hostile as they can be.
	if again := server.Queries(zoneName, dns.TypeSRV) - asked; again < 3 {
		t.Errorf("the hostile zone was asked for %d times meanwhile", again)
	}
	t.Logf("measured: %d lookups of the zone, %d probes of both objects meanwhile",
		server.Queries(zoneName, dns.TypeSRV)-asked, operator.probed(t, zone, pattern)-before)
	if err := errors.Join(hostile.isTruncated(t, zone), hostile.isMatched(t, operator, pattern)); err != nil {
		t.Error(err)
	}
}

// zone is an object that watches the hostile zone.
func (w *World) zone(t *testing.T, server *resolvetest.Server) *v1alpha1.ExternalService {
	t.Helper()
	name := resolvetest.Name{TTL: 1}
	for n := range zoneServices {
		name.Services = append(name.Services, resolvetest.Service{Target: zoneTarget, Port: uint16(n + 1)})
	}
	server.Set(zoneName, name)
	outside(t, 0)
	server.Set(zoneTarget, resolvetest.Name{TTL: 1, Addresses: resolvetest.Many(netip.MustParseAddr(outsideZone), zoneAddresses)})
	t.Cleanup(func() {
		server.Unset(zoneName)
		server.Unset(zoneTarget)
	})
	o := w.ByName("zone", zoneName)
	o.Spec.Ports[0].TargetPort = 0
	o.Spec.Resolution.MaxAddresses = zoneRecords
	o.Spec.HealthCheck = v1alpha1.HealthCheck{Interval: "100ms", Timeout: "100ms", FastInterval: "100ms", TCP: &v1alpha1.TCPCheck{}}
	w.Create(t, o)
	return o
}

// pattern is an object whose hosts answer with as much of a body as is read.
func (w *World) pattern(t *testing.T) *v1alpha1.ExternalService {
	t.Helper()
	answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", patternBody, strings.Repeat("x", patternBody))
	listen(t, patternPort, func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			_, _ = io.WriteString(conn, answer)
		}
	})
	o := w.Web("pattern")
	o.Spec.Ports[0].TargetPort = patternPort
	for _, address := range outside(t, patternHosts) {
		o.Spec.Hosts = append(o.Spec.Hosts, v1alpha1.Host{Address: address.String()})
	}
	o.Spec.HealthCheck = v1alpha1.HealthCheck{Interval: "100ms", Timeout: "100ms", FastInterval: "100ms", HTTP: &v1alpha1.HTTPCheck{
		Path: "/", ExpectedBody: &v1alpha1.ExpectedBody{Matches: v1alpha1.Pattern(worstPattern)},
	}}
	w.Create(t, o)
	return o
}

// isTruncated returns nil when the object has as many addresses as it may have, and not one more.
func (w *World) isTruncated(t *testing.T, o *v1alpha1.ExternalService) error {
	t.Helper()
	if hosts := w.Get(t, o).Status.Hosts; hosts.Total != o.Spec.Resolution.MaxAddresses {
		return fmt.Errorf("%s has %d hosts, want %d", o.Name, hosts.Total, o.Spec.Resolution.MaxAddresses)
	}
	return nil
}

// isMatched returns nil when bodies have been matched with the pattern.
func (w *World) isMatched(t *testing.T, operator *guarded, o *v1alpha1.ExternalService) error {
	t.Helper()
	if n := operator.probed(t, o); n == 0 {
		return fmt.Errorf("no host of %s has been probed", o.Name)
	}
	return nil
}

// probed is how many probes of these objects have ended.
func (g *guarded) probed(t *testing.T, objects ...*v1alpha1.ExternalService) int {
	t.Helper()
	var total float64
	for _, o := range objects {
		n, err := g.Sum(t.Context(), "external_endpoints_probes_total", framework.Labels(o)...)
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	return int(total)
}
