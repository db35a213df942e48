package externalservice

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

var (
	tenOClock = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	orders    = types.NamespacedName{Namespace: "shop", Name: "orders-db"}
	pgPort    = v1alpha1.Port{Name: "pg", Protocol: corev1.ProtocolTCP, Port: 5432}
	webPort   = v1alpha1.Port{Name: "web", Protocol: corev1.ProtocolTCP, Port: 8080}
)

// at is n seconds past ten.
func at(n int) time.Time { return tenOClock.Add(time.Duration(n) * time.Second) }

// address is the n-th outside host.
func address(n int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, 113, byte(n)}) }

// id names the n-th host on the port pg.
func id(n int) engine.MemberID { return engine.MemberID{Address: address(n), Port: "pg"} }

// Addresses are compared as values.
var (
	compareIDs       = cmp.Comparer(func(a, b engine.MemberID) bool { return a == b })
	compareAddrPorts = cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })
	compareAddresses = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
)

// hostsNumbered are active hosts.
func hostsNumbered(numbers ...int) []v1alpha1.Host {
	var hosts []v1alpha1.Host
	for _, n := range numbers {
		hosts = append(hosts, v1alpha1.Host{Address: address(n).String(), State: v1alpha1.HostActive})
	}
	return hosts
}

// check is a health check with the defaults of the schema.
func check() v1alpha1.HealthCheck {
	return v1alpha1.HealthCheck{
		Interval: "5s", UnhealthyThreshold: 3, HealthyThreshold: 2, InitialState: v1alpha1.InitialUnhealthy,
	}
}

// object is an ExternalService as the API server stores it, with one port and
// the hosts 1 to 3.
func object(edits ...func(*v1alpha1.ExternalService)) *v1alpha1.ExternalService {
	o := &v1alpha1.ExternalService{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: orders.Namespace, Name: orders.Name, UID: "xsvc-1", Generation: 7,
			CreationTimestamp: metav1.NewTime(tenOClock),
		},
		Spec: v1alpha1.ExternalServiceSpec{
			Service:     v1alpha1.ServiceSpec{Management: v1alpha1.ServiceManaged},
			Ports:       []v1alpha1.Port{pgPort},
			Hosts:       hostsNumbered(1, 2, 3),
			HealthCheck: check(),
			Publish:     v1alpha1.Publish{UnhealthyHosts: v1alpha1.UnhealthyKeep},
		},
	}
	for _, edit := range edits {
		edit(o)
	}
	return o
}

func existing(o *v1alpha1.ExternalService) { o.Spec.Service.Management = v1alpha1.ServiceExisting }

func removing(o *v1alpha1.ExternalService) { o.Spec.Publish.UnhealthyHosts = v1alpha1.UnhealthyRemove }

func withHosts(hosts ...v1alpha1.Host) func(*v1alpha1.ExternalService) {
	return func(o *v1alpha1.ExternalService) { o.Spec.Hosts = hosts }
}

func withPorts(ports ...v1alpha1.Port) func(*v1alpha1.ExternalService) {
	return func(o *v1alpha1.ExternalService) { o.Spec.Ports = ports }
}

// withState gives the n-th host of the list a state.
func withState(n int, state v1alpha1.HostState) func(*v1alpha1.ExternalService) {
	return func(o *v1alpha1.ExternalService) { o.Spec.Hosts[n].State = state }
}

// ownedService is a Service that belongs to the object.
func ownedService(o *v1alpha1.ExternalService) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: o.Namespace, Name: o.EffectiveServiceName(), UID: "service-1",
			Labels:          map[string]string{desired.ManagedByLabel: v1alpha1.ManagedBy},
			OwnerReferences: []metav1.OwnerReference{desired.OwnerReference(o)},
		},
		Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeClusterIP, IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol}},
	}
}

// somebodysService is a Service without a selector that the operator may not write.
func somebodysService(ports ...corev1.ServicePort) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: orders.Namespace, Name: orders.Name, UID: "service-2"},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeClusterIP, Ports: ports},
	}
}

// factsOf are the facts about an object whose Service is as it should be.
func factsOf(o *v1alpha1.ExternalService) facts.Facts {
	f := facts.Facts{Object: o, WriteEndpoints: o.Spec.Publish.WritesEndpoints()}
	if f.Managed() {
		f.Service, _ = desired.Service(f)
		f.Service.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
		return f
	}
	f.Service = somebodysService()
	for _, port := range o.Spec.Ports {
		f.Service.Spec.Ports = append(f.Service.Spec.Ports,
			corev1.ServicePort{Name: port.Name, Port: port.Port, Protocol: port.EffectiveProtocol()})
	}
	return f
}

// anybody allows every address.
func anybody(netip.Addr) error { return nil }

// except denies some addresses.
func except(denied ...netip.Addr) func(netip.Addr) error {
	return func(a netip.Addr) error {
		for _, d := range denied {
			if a == d {
				return errors.New("denied")
			}
		}
		return nil
	}
}

// endpointsOf lays an object out that is known to be in order.
func endpointsOf(o *v1alpha1.ExternalService) []hosts.Endpoint {
	l := hosts.Endpoints(o.Spec, nil, anybody, checks.References{}, hosts.Names{})
	if l.Err != nil {
		panic(l.Err)
	}
	return l.Endpoints
}

// thresholds of the verdicts below; those of the schema.
var limits = health.Thresholds{Rise: 2, Fall: 3}

// up is a healthy host whose latest probe started n seconds past ten.
func up(n int) health.Verdict {
	return health.Verdict{
		State: health.Healthy, Since: at(-600), Trigger: at(-600), LastSuccess: at(n),
		Run: health.Run{Length: 100, Success: true, Began: at(-600), Seen: at(-600)},
	}
}

// recent is a healthy host that has not passed the hold-down, and whose latest probe
// started n seconds past ten.
func recent(n int) health.Verdict {
	v := up(n)
	v.Run.Length = limits.Rise
	return v
}

// failing is a healthy host whose latest probe failed.
func failing() health.Verdict {
	v := up(-10)
	return v.Next(health.Sample{Started: at(0), Ended: at(1), Failure: probes.Timeout}, limits)
}

// down is an unhealthy host whose failures, proven by our own probes, were first
// seen n seconds past ten.
func down(n int) health.Verdict {
	v := up(n - 100)
	for i := range limits.Fall {
		v = v.Next(health.Sample{Started: at(n + i - 1), Ended: at(n + i), Failure: probes.ConnectionRefused}, limits)
	}
	return v.Corroborate()
}

// inTheDark is such a host that has not failed since others have answered.
func inTheDark(n int) health.Verdict {
	v := down(n)
	v.Run.Corroborated = false
	return v
}

// recovering is an unhealthy host whose latest probe succeeded.
func recovering() health.Verdict {
	return down(0).Next(health.Sample{Started: at(10), Ended: at(10)}, limits)
}

// leftDown is an unhealthy host taken over from a predecessor.
func leftDown() health.Verdict { return health.TakenOver(health.Unhealthy, at(-60), probes.Reset) }

// leftDownFailing is such a host after one failure that we saw ourselves, at ten.
func leftDownFailing() health.Verdict {
	return leftDown().Next(health.Sample{Started: at(-1), Ended: at(0), Failure: probes.Timeout}, limits)
}

// leftUp is a healthy host taken over from a predecessor.
func leftUp() health.Verdict { return health.TakenOver(health.Healthy, at(-60), "") }

// decide decides by the default failure policy, in a network that nobody doubts.
func decide(endpoints []hosts.Endpoint, v hosts.Verdicts, m *memory) failover.Decision {
	return failover.Rules{Network: health.Network{Alone: true}}.Decide(endpoints, v, m.Previous)
}

// remembering is the memory of an operator that has published hosts on pg.
func remembering(published ...int) *memory {
	m := newMemory()
	for _, n := range published {
		m.Published[id(n)] = true
	}
	return m
}

// store stands for the EndpointSlices and Endpoints in the API server.
type store struct {
	slices    map[string]*discoveryv1.EndpointSlice
	endpoints *corev1.Endpoints
	version   int
}

func newStore() *store { return &store{slices: map[string]*discoveryv1.EndpointSlice{}} }

// apply carries changes out as the API server would, and counts them.
func (s *store) apply(c desired.Changes) (writes int) {
	for _, w := range c.Slices {
		s.version++
		writes++
		if w.Operation == endpointslice.Delete {
			delete(s.slices, w.Slice.Name)
			continue
		}
		w.Slice.ResourceVersion = fmt.Sprint(s.version)
		if w.Slice.UID == "" {
			w.Slice.UID = types.UID(fmt.Sprint("slice-", s.version))
		}
		s.slices[w.Slice.Name] = w.Slice
	}
	if c.DeleteEndpoints {
		s.endpoints = nil
		return writes + 1
	}
	if c.Endpoints != nil {
		s.endpoints = c.Endpoints
		writes++
	}
	return writes
}

// into puts what is stored into facts.
func (s *store) into(f facts.Facts) facts.Facts {
	f.Slices = nil
	for _, slice := range s.slices {
		f.Slices = append(f.Slices, slice)
	}
	f.Endpoints = s.endpoints
	return f
}
