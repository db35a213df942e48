package externalservice

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
)

// laid is what a layout says of one endpoint, for comparison.
type laid struct {
	ID             engine.MemberID
	Intent         v1alpha1.HostState
	Denied         bool
	Port           endpointslice.Port
	Hostname, Zone string
	Aim            string
	Check          string
}

func summarize(l hosts.Layout) []laid {
	var list []laid
	for _, e := range l.Endpoints {
		list = append(list, laid{e.ID, e.Intent, e.Denied, e.SlicePort, e.Hostname, e.Zone, e.Target.String(), e.Check.Probe.Kind()})
	}
	return list
}

func TestHostsAreLaidOutOnPorts(t *testing.T) {
	proto := "kubernetes.io/h2c"
	own := check()
	own.HTTP, own.Port = &v1alpha1.HTTPCheck{Path: "/"}, 9090
	db := v1alpha1.Port{Name: "pg", Port: 5432, TargetPort: 15432}
	web := v1alpha1.Port{Name: "web", Protocol: corev1.ProtocolTCP, Port: 80, AppProtocol: proto, HealthCheck: &own}
	o := object(withPorts(db, web), withHosts(
		v1alpha1.Host{Address: "203.0.113.1", Hostname: "db-1", Zone: "a", Ports: []v1alpha1.HostPort{{Name: "pg", TargetPort: 6000}, {Name: "web", TargetPort: 81}}},
		v1alpha1.Host{Address: "2001:db8::1", State: v1alpha1.HostDrain},
	))
	six := netip.MustParseAddr("2001:db8::1")
	tcp := func(name string, number int32) endpointslice.Port {
		return endpointslice.Port{Name: name, Protocol: corev1.ProtocolTCP, Number: number}
	}
	h2c := func(number int32) endpointslice.Port { p := tcp("web", number); p.AppProtocol = &proto; return p }
	want := []laid{
		{engine.MemberID{Address: address(1), Port: "pg"}, v1alpha1.HostActive, false, tcp("", 6000), "db-1", "a", "203.0.113.1:6000", "tcp"},
		{engine.MemberID{Address: address(1), Port: "web"}, v1alpha1.HostActive, false, h2c(81), "db-1", "a", "203.0.113.1:9090", "http"},
		{engine.MemberID{Address: six, Port: "pg"}, v1alpha1.HostDrain, true, tcp("", 15432), "", "", "[2001:db8::1]:15432", "tcp"},
		{engine.MemberID{Address: six, Port: "web"}, v1alpha1.HostDrain, true, h2c(80), "", "", "[2001:db8::1]:9090", "http"},
	}
	got := summarize(hosts.Endpoints(o.Spec, map[string]string{"pg": ""}, except(six), checks.References{}, hosts.Names{}))
	if diff := cmp.Diff(want, got, compareIDs); diff != "" {
		t.Errorf("layout (-want +got):\n%s", diff)
	}
}

func TestAnAddressThatCannotBeReadLeavesTheOthersAlone(t *testing.T) {
	o := object()
	o.Spec.Hosts[1].Address = "DB example"
	l := hosts.Endpoints(o.Spec, nil, anybody, checks.References{}, hosts.Names{})
	if diff := cmp.Diff([]string{"DB example"}, l.Invalid); diff != "" {
		t.Errorf("invalid (-want +got):\n%s", diff)
	}
	if l.Err != nil || len(l.Endpoints) != 2 {
		t.Errorf("got %d endpoints and the error %v, want the other two", len(l.Endpoints), l.Err)
	}
	a := desired.Accept(factsOf(o)).WithLayout(l)
	if a.Reason != v1alpha1.ReasonInvalidHost || !a.Stalled || a.Action != desired.Publish || !strings.Contains(a.Message, `"DB example"`) {
		t.Errorf("got %+v", a)
	}
}

func TestACheckThatCannotBeUsedNamesWhereItStands(t *testing.T) {
	udp := v1alpha1.Port{Name: "dns", Protocol: corev1.ProtocolUDP, Port: 53}
	udpWithCheck := udp
	udpWithCheck.HealthCheck = &v1alpha1.HealthCheck{}
	for path, port := range map[string]v1alpha1.Port{"spec.healthCheck: must": udp, "spec.ports[1].healthCheck: must": udpWithCheck} {
		l := hosts.Endpoints(object(withPorts(pgPort, port)).Spec, nil, anybody, checks.References{}, hosts.Names{})
		if l.Err == nil || !strings.HasPrefix(l.Err.Error(), path) {
			t.Errorf("got %v, want %s ...", l.Err, path)
		}
	}
}

func TestEndpointsAreAlikeWhenTheyCannotDifferInHealth(t *testing.T) {
	aside := check()
	aside.Port = 9000
	stricter, patient, trusting, other := aside, aside, aside, aside
	stricter.UnhealthyThreshold, patient.HealthyThreshold = 1, 5
	trusting.InitialState, other.TCP = v1alpha1.InitialHealthy, &v1alpha1.TCPCheck{Send: "x"}
	elsewhere := aside
	elsewhere.Port = 9001
	slower := aside
	slower.Interval = "10s"
	tests := []struct {
		name  string
		check v1alpha1.HealthCheck
		want  bool
	}{
		{"the same check at the same place", aside, true},
		{"looked at less often", slower, true},
		{"another place", elsewhere, false},
		{"another check", other, false},
		{"out sooner", stricter, false},
		{"in later", patient, false},
		{"in from the start", trusting, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			one, two := pgPort, webPort
			one.HealthCheck, two.HealthCheck = &aside, &tt.check
			endpoints := endpointsOf(object(withPorts(one, two), withHosts(hostsNumbered(1)...)))
			if got := hosts.SameHealth(endpoints[0], endpoints[1]); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
