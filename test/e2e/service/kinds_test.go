package service

import (
	"net"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// kind is a way to have a Service, and how clients reach it.
type kind struct {
	name string // of the Service and of the ExternalService
	// existing is the Service that somebody else made; nil: the operator makes one.
	existing *corev1.ServiceSpec
	shape    func(*v1alpha1.ExternalService, []*host.Host)
	targets  func(*World, *corev1.Service) []string
}

var kinds = []kind{
	{name: "managed-cluster-ip"},
	{
		name: "managed-node-port",
		shape: func(o *v1alpha1.ExternalService, _ []*host.Host) {
			o.Spec.Service.Type = corev1.ServiceTypeNodePort
		},
		targets: nodePort,
	},
	{
		name: "managed-load-balancer", // reached by its cluster IP: there is no cloud
		shape: func(o *v1alpha1.ExternalService, _ []*host.Host) {
			o.Spec.Service.Type = corev1.ServiceTypeLoadBalancer
		},
	},
	{
		name: "ipv6-only",
		shape: func(o *v1alpha1.ExternalService, hosts []*host.Host) {
			o.Spec.Service.IPFamilies = []corev1.IPFamily{corev1.IPv6Protocol}
			o.Spec.Hosts = over6(hosts)
		},
	},
	{
		name: "dual-stack",
		shape: func(o *v1alpha1.ExternalService, hosts []*host.Host) {
			o.Spec.Service.IPFamilyPolicy = new(corev1.IPFamilyPolicyRequireDualStack)
			o.Spec.Hosts = append(o.Spec.Hosts, over6(hosts)...)
		},
	},
	{
		name:     "existing-named-port",
		existing: &corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
	},
	{
		name:     "existing-unnamed-port",
		existing: &corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	},
	{
		name: "existing-node-port",
		existing: &corev1.ServiceSpec{
			Type:  corev1.ServiceTypeNodePort,
			Ports: []corev1.ServicePort{{Name: "http", Port: 80}},
		},
		targets: nodePort,
	},
	{
		name: "udp",
		shape: func(o *v1alpha1.ExternalService, _ []*host.Host) {
			o.Spec.Ports = []v1alpha1.Port{{Name: "dns", Protocol: corev1.ProtocolUDP, Port: 53, TargetPort: 5353}}
			o.Spec.HealthCheck.HTTP = nil
			o.Spec.HealthCheck.UDP = &v1alpha1.UDPCheck{Send: "ping", Expect: "ping"}
		},
		targets: func(_ *World, service *corev1.Service) []string {
			return []string{"udp://" + net.JoinHostPort(service.Spec.ClusterIP, "53")}
		},
	},
}

// TestServiceTypesSendTrafficToHealthyHosts has one host of all of
// them die at once.
func TestServiceTypesSendTrafficToHealthyHosts(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	dead := hosts[1]

	for _, k := range kinds {
		k.create(t, w, hosts)
	}
	var streams []*framework.Stream
	for _, k := range kinds {
		waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, w.Web(k.name)) })
		for _, target := range k.targetsOf(t, w) {
			streams = append(streams, w.Stream(t, k.name+" at "+target, target))
		}
	}
	framework.AwaitEach(t, streams, hosts)

	if err := dead.Kill(); err != nil {
		t.Fatal(err)
	}
	w.AwaitEachWithout(t, streams, dead, kindNames())

	if err := dead.Recover(); err != nil {
		t.Fatal(err)
	}
	framework.AwaitEach(t, streams, hosts)
	for _, s := range streams {
		t.Logf("%s: %s", s.Name, s.Load.Stop())
	}
}

// create makes the Service, if it is to exist, and the ExternalService.
func (k kind) create(t *testing.T, w *World, hosts []*host.Host) {
	t.Helper()
	object := w.Web(k.name, hosts...)
	if k.existing != nil {
		w.Create(t, &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: k.name},
			Spec:       *k.existing.DeepCopy(),
		})
		object.Spec.Service.Management = v1alpha1.ServiceExisting
	}
	if k.shape != nil {
		k.shape(object, hosts)
	}
	w.Create(t, object)
}

// targetsOf are all addresses of the Service at which clients reach it.
func (k kind) targetsOf(t *testing.T, w *World) []string {
	t.Helper()
	service := w.Service(t, k.name)
	if k.targets != nil {
		return k.targets(w, service)
	}
	var targets []string
	for _, ip := range service.Spec.ClusterIPs {
		targets = append(targets, "http://"+net.JoinHostPort(ip, "80")+"/")
	}
	return targets
}

func nodePort(w *World, service *corev1.Service) []string {
	node := w.Cluster.Node().IPv4.String()
	return []string{"http://" + net.JoinHostPort(node, strconv.Itoa(int(service.Spec.Ports[0].NodePort))) + "/"}
}

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// over6 are the hosts by their IPv6 addresses.
func over6(hosts []*host.Host) []v1alpha1.Host {
	var specs []v1alpha1.Host
	for _, h := range hosts {
		specs = append(specs, v1alpha1.Host{Address: h.IPv6.String()})
	}
	return specs
}
