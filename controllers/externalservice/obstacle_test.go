package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
)

func TestWhatKeepsTrafficFromPublishedHosts(t *testing.T) {
	const v4, v6 = corev1.IPv4Protocol, corev1.IPv6Protocol
	mixed := func(o *v1alpha1.ExternalService) {
		o.Spec.Hosts = append(hostsNumbered(1, 2), v1alpha1.Host{Address: "2001:db8::2"}, v1alpha1.Host{Address: "2001:db8::1"})
	}
	internally := func(s *corev1.ServiceSpec) { s.InternalTrafficPolicy = new(corev1.ServiceInternalTrafficPolicyLocal) }
	externally := func(s *corev1.ServiceSpec) { s.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal }
	families := func(f ...corev1.IPFamily) func(*corev1.ServiceSpec) {
		return func(s *corev1.ServiceSpec) { s.IPFamilies = f }
	}
	tests := []struct {
		name    string
		object  *v1alpha1.ExternalService
		service []func(*corev1.ServiceSpec)
		want    status.TrafficBlocker
	}{
		{name: "nothing", object: object()},
		{name: "policies that are not Local", object: object(existing), service: []func(*corev1.ServiceSpec){func(s *corev1.ServiceSpec) {
			s.InternalTrafficPolicy = new(corev1.ServiceInternalTrafficPolicyCluster)
			s.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyCluster
		}}},
		{name: "a local policy inside", object: object(existing), service: []func(*corev1.ServiceSpec){internally},
			want: status.TrafficBlocker{Reason: v1alpha1.ReasonLocalTrafficPolicy, Message: "no host gets the traffic to its cluster IP: Service orders-db has " +
				"internalTrafficPolicy Local, and outside hosts are on no node; internalTrafficPolicy must be Cluster"}},
		{name: "a local policy for what comes from outside", object: object(), service: []func(*corev1.ServiceSpec){externally},
			want: status.TrafficBlocker{Reason: v1alpha1.ReasonLocalTrafficPolicy, Message: "no host gets the traffic from outside the cluster: Service orders-db has " +
				"externalTrafficPolicy Local, and outside hosts are on no node; externalTrafficPolicy must be Cluster"}},
		{name: "both, and a family is missing too", object: object(mixed), service: []func(*corev1.ServiceSpec){internally, externally, families(v4)},
			want: status.TrafficBlocker{Reason: v1alpha1.ReasonLocalTrafficPolicy, Message: "no host gets the traffic to its cluster IP or from outside the cluster: " +
				"Service orders-db has internalTrafficPolicy and externalTrafficPolicy Local, and outside hosts are on no node; " +
				"internalTrafficPolicy and externalTrafficPolicy must be Cluster"}},
		{name: "hosts of a family that a managed Service lacks", object: object(mixed), service: []func(*corev1.ServiceSpec){families(v4)},
			want: status.TrafficBlocker{Reason: v1alpha1.ReasonFamilyMismatch, Message: "2 hosts get no traffic, the first is 2001:db8::1: " +
				"the ipFamilies of Service orders-db are IPv4; spec.service.ipFamilies must include IPv6"}},
		{name: "a host of a family that an Existing Service lacks", object: object(existing, withHosts(hostsNumbered(7)...), withPorts(pgPort, webPort)),
			service: []func(*corev1.ServiceSpec){families(v6)},
			want: status.TrafficBlocker{Reason: v1alpha1.ReasonFamilyMismatch, Message: "1 host gets no traffic, 203.0.113.7: " +
				"the ipFamilies of Service orders-db are IPv6; ipFamilies must include IPv4"}},
		{name: "both families, and the Service has both", object: object(mixed), service: []func(*corev1.ServiceSpec){families(v6, v4)}},
		{name: "a Service that does not tell its families", object: object(mixed), service: []func(*corev1.ServiceSpec){families()}},
		{name: "a disabled host of the other family", object: object(mixed, withState(2, v1alpha1.HostDisabled), withState(3, v1alpha1.HostDisabled)),
			service: []func(*corev1.ServiceSpec){families(v4)}},
		{name: "a headless Service, which no proxy serves", object: object(mixed), service: []func(*corev1.ServiceSpec){internally, families(v4),
			func(s *corev1.ServiceSpec) { s.ClusterIP = corev1.ClusterIPNone }}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := factsOf(tt.object)
			for _, edit := range tt.service {
				edit(&f.Service.Spec)
			}
			if diff := cmp.Diff(tt.want, status.TrafficBlockerOf(f, hosts.Endpoints(tt.object.Spec, nil, anybody, checks.References{}, hosts.Names{})), cmp.AllowUnexported(status.TrafficBlocker{})); diff != "" {
				t.Errorf("obstacle (-want +got):\n%s", diff)
			}
		})
	}
	if got := status.TrafficBlockerOf(facts.Facts{Object: object()}, hosts.Layout{}); got.Reason != "" {
		t.Errorf("without a Service there is %+v", got)
	}
}

func TestHowGraveAnObstacleIs(t *testing.T) {
	unhealthy := line(1, v1alpha1.EndpointUnhealthy, probes.Timeout)
	denied, healthy := line(1, v1alpha1.EndpointDenied, ""), line(1, v1alpha1.EndpointHealthy, "")
	tests := []struct {
		name     string
		obstacle string
		endpoint v1alpha1.EndpointStatus
		outage   bool
		want     string
	}{
		{"a local policy is told of healthy hosts", v1alpha1.ReasonLocalTrafficPolicy, healthy, false, v1alpha1.ReasonLocalTrafficPolicy},
		{"a local policy keeps all from traffic, an unhealthy host is one", v1alpha1.ReasonLocalTrafficPolicy, unhealthy, false, v1alpha1.ReasonLocalTrafficPolicy},
		{"a safety action goes first", v1alpha1.ReasonLocalTrafficPolicy, unhealthy, true, v1alpha1.ReasonFailStatic},
		{"a missing family is told of healthy hosts", v1alpha1.ReasonFamilyMismatch, healthy, false, v1alpha1.ReasonFamilyMismatch},
		{"an unhealthy host goes before a missing family", v1alpha1.ReasonFamilyMismatch, unhealthy, false, v1alpha1.ReasonHostsUnhealthy},
		{"so does a denied one", v1alpha1.ReasonFamilyMismatch, denied, false, v1alpha1.ReasonHostDenied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := telling(tt.endpoint)
			r.Outage, r.TrafficBlocker = tt.outage, status.TrafficBlocker{Reason: tt.obstacle, Message: "x"}
			if got := status.FindCondition(conditionsOf(r), v1alpha1.ConditionDegraded); got == nil || got.Reason != tt.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestALocalTrafficPolicyIsToldAndTheHostsStayPublished(t *testing.T) {
	for _, mode := range []func(*v1alpha1.ExternalService){publishing, watching} {
		c := newCluster(t, object(existing, mode), somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}))
		c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)})
		serving := c.serving()
		for _, step := range []struct {
			policy corev1.ServiceInternalTrafficPolicy
			want   string
		}{
			{corev1.ServiceInternalTrafficPolicyLocal, "True LocalTrafficPolicy"},
			{corev1.ServiceInternalTrafficPolicyCluster, ""},
		} {
			service := read(c, &corev1.Service{})
			service.Spec.InternalTrafficPolicy = &step.policy
			if err := c.server.Update(t.Context(), service); err != nil {
				t.Fatal(err)
			}
			c.wantWrites(c.mustReconcile(), updateStatus)
			if got := c.condition(v1alpha1.ConditionDegraded); got != step.want {
				t.Errorf("Degraded is %q, want %q", got, step.want)
			}
			if diff := cmp.Diff(serving, c.serving()); diff != "" {
				t.Errorf("serving (-before +after):\n%s", diff)
			}
			c.wantQuiet()
		}
	}
}

// Only the API server knows which families a Service gets that asks for none.
func TestANewServiceThatLacksAFamilySaysSoAtOnce(t *testing.T) {
	o := object(withHosts(v1alpha1.Host{Address: "203.0.113.1"}, v1alpha1.Host{Address: "2001:db8::1"}))
	o.Spec.HealthCheck.InitialState = v1alpha1.InitialHealthy
	c := newCluster(t, o)
	c.mustReconcile()
	if got := c.condition(v1alpha1.ConditionDegraded) + ", " + c.condition(v1alpha1.ConditionReady); got != "True FamilyMismatch, True Ready" {
		t.Errorf("Degraded and Ready are %s", got)
	}
	c.wantQuiet()
}
