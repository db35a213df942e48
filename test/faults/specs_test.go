package faults

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// specEdits are what users do to a spec. What a drawn spec cannot have, such as two
// hosts of one address, none of them makes.
var specEdits = map[string]func(*rapid.T, *v1alpha1.ExternalServiceSpec){
	"hosts exchanged": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		first := rapid.SampledFrom([]int{0, 0, 1, 60, 200}).Draw(t, "first")
		s.Hosts = pool(first, rapid.SampledFrom([]int{0, 1, 2, 3, 99, 100, 101, 201}).Draw(t, "count"))
	},
	"as many hosts as there can be": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		// A second each, and every step after it: that is to be some of ten thousand, and not
		// most. Numbers are drawn small more often than chance has it, the last of a list is not.
		if rapid.SampledFrom(oneOf(16)).Draw(t, "seldom") && waits.Full() {
			s.Hosts = pool(0, 1000)
		}
	},
	"hosts added": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		for _, h := range pool(rapid.IntRange(0, 260).Draw(t, "first"), rapid.SampledFrom([]int{1, 2, 40}).Draw(t, "count")) {
			if !slices.ContainsFunc(s.Hosts, func(old v1alpha1.Host) bool { return old.Address == h.Address }) && len(s.Hosts) < 1000 {
				s.Hosts = append(s.Hosts, h)
			}
		}
	},
	"hosts removed": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		some(t, s, func(h *v1alpha1.Host) { h.Address = "" })
		s.Hosts = slices.DeleteFunc(s.Hosts, func(h v1alpha1.Host) bool { return h.Address == "" })
	},
	"hosts in another order": func(_ *rapid.T, s *v1alpha1.ExternalServiceSpec) { slices.Reverse(s.Hosts) },
	"hosts in another state": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		state := rapid.SampledFrom([]v1alpha1.HostState{
			v1alpha1.HostActive, v1alpha1.HostDrain, v1alpha1.HostDisabled,
		}).Draw(t, "state")
		some(t, s, func(h *v1alpha1.Host) { h.State = state })
	},
	"hosts in a zone": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		zone := rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "zone")
		some(t, s, func(h *v1alpha1.Host) { h.Zone = zone })
	},
	"hosts named": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		name := rapid.SampledFrom([]string{"", "db"}).Draw(t, "hostname")
		some(t, s, func(h *v1alpha1.Host) { h.Hostname = name })
	},
	"hosts with ports of their own": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		ports := []v1alpha1.HostPort{{Name: s.Ports[0].Name, TargetPort: rapid.Int32Range(9000, 9001).Draw(t, "port")}}
		if rapid.Bool().Draw(t, "none") {
			ports = nil
		}
		some(t, s, func(h *v1alpha1.Host) { h.Ports = ports })
	},
	"ports exchanged": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		s.Ports = nil
		first := rapid.IntRange(0, 2).Draw(t, "first")
		for i := range rapid.SampledFrom([]int{1, 1, 2, 3, 16}).Draw(t, "ports") {
			s.Ports = append(s.Ports, v1alpha1.Port{Name: fmt.Sprint("p", first+i), Port: int32(80 + i)})
		}
		for i := range s.Hosts {
			s.Hosts[i].Ports = nil // they name ports that may be gone
		}
	},
	"a port changed": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		p := &s.Ports[rapid.IntRange(0, len(s.Ports)-1).Draw(t, "which")]
		p.TargetPort = rapid.SampledFrom([]int32{0, 8080, 8081}).Draw(t, "targetPort")
		p.Protocol = rapid.SampledFrom([]corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP}).Draw(t, "protocol")
		p.AppProtocol = rapid.SampledFrom([]string{"", "https"}).Draw(t, "appProtocol")
	},
	"ports in another order": func(_ *rapid.T, s *v1alpha1.ExternalServiceSpec) { slices.Reverse(s.Ports) },
	"families": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		s.Service.IPFamilyPolicy, s.Service.IPFamilies = rapid.SampledFrom([]*corev1.IPFamilyPolicy{
			new(corev1.IPFamilyPolicySingleStack), new(corev1.IPFamilyPolicyPreferDualStack), new(corev1.IPFamilyPolicyRequireDualStack),
		}).Draw(t, "policy"), nil
	},
	"the Service's type": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		s.Service.Type = rapid.SampledFrom([]corev1.ServiceType{
			"", corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer,
		}).Draw(t, "type")
	},
	"the Service's metadata": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		s.Service.Labels, s.Service.Annotations = nil, nil
		for _, key := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID).Draw(t, "keys") {
			if s.Service.Labels == nil {
				s.Service.Labels, s.Service.Annotations = map[string]v1alpha1.LabelValue{}, map[string]string{}
			}
			s.Service.Labels[key], s.Service.Annotations[key] = "x", "y"
		}
	},
	"how the Service spreads": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		s.Service.SessionAffinity = rapid.SampledFrom([]corev1.ServiceAffinity{
			"", corev1.ServiceAffinityClientIP,
		}).Draw(t, "affinity")
		s.Service.TrafficDistribution = rapid.SampledFrom([]string{"", "PreferSameZone", "PreferClose"}).Draw(t, "distribution")
	},
	"Endpoints": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		s.Publish.Endpoints = new(rapid.Bool().Draw(t, "endpoints"))
	},
	"what becomes of the unhealthy": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		s.Publish.UnhealthyHosts = rapid.SampledFrom([]v1alpha1.UnhealthyHostPolicy{
			v1alpha1.UnhealthyKeep, v1alpha1.UnhealthyRemove,
		}).Draw(t, "policy")
	},
	"what happens in an outage": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		s.FailurePolicy.Action = rapid.SampledFrom([]v1alpha1.FailureAction{
			v1alpha1.ActionKeepLast, v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone,
		}).Draw(t, "action")
	},
	"on trial or not": func(t *rapid.T, s *v1alpha1.ExternalServiceSpec) {
		s.Mode = rapid.SampledFrom([]v1alpha1.Mode{v1alpha1.ModePublish, v1alpha1.ModePublish, v1alpha1.ModeObserve}).Draw(t, "mode")
	},
}

// oneOf is true once among so many.
func oneOf(many int) []bool {
	all := make([]bool, many)
	all[many-1] = true
	return all
}

// pool are count of the thousand hosts that there are, from the first on: 254 of
// IPv4, then those of IPv6.
func pool(first, count int) []v1alpha1.Host {
	hosts := make([]v1alpha1.Host, count)
	for i := range hosts {
		n := (first+i)%1000 + 1
		if hosts[i].Address = hostAddress(n); n > 254 {
			hosts[i].Address = fmt.Sprintf("2001:db8:5::%x", n)
		}
	}
	return hosts
}

// some does something to one host in so many.
func some(t *rapid.T, s *v1alpha1.ExternalServiceSpec, do func(*v1alpha1.Host)) {
	offset, every := rapid.IntRange(0, 40).Draw(t, "offset"), rapid.SampledFrom([]int{1, 2, 50}).Draw(t, "every")
	for i := offset; i < len(s.Hosts); i += every {
		do(&s.Hosts[i])
	}
}

// expected are the addresses that get traffic by a spec whose hosts nobody asks.
func expected(s v1alpha1.ExternalServiceSpec) []string {
	addresses := []string{}
	for _, h := range s.Hosts {
		if h.State == "" || h.State == v1alpha1.HostActive {
			addresses = append(addresses, h.Address)
		}
	}
	slices.Sort(addresses)
	return addresses
}
