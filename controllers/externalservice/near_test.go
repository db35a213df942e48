package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
)

// inZones puts the hosts of an object into zones, in their order.
func inZones(zones ...string) func(*v1alpha1.ExternalService) {
	return func(o *v1alpha1.ExternalService) {
		for i, zone := range zones {
			o.Spec.Hosts[i].Zone = zone
		}
	}
}

func distributing(o *v1alpha1.ExternalService) {
	o.Spec.Service.TrafficDistribution = corev1.ServiceTrafficDistributionPreferClose
}

// hints are the zones that each host's endpoint is for.
func (c *cluster) hints() map[string][]string {
	c.t.Helper()
	hints := map[string][]string{}
	for _, slice := range c.slices() {
		for _, e := range slice.Endpoints {
			if e.Hints == nil {
				continue
			}
			for _, zone := range e.Hints.ForZones {
				hints[e.Addresses[0]] = append(hints[e.Addresses[0]], zone.Name)
			}
		}
	}
	return hints
}

func (c *cluster) wantHints(want map[string][]string) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.hints()); diff != "" {
		c.t.Errorf("hints (-want +got):\n%s", diff)
	}
}

var (
	noHints = map[string][]string{}
	allHave = map[string][]string{"203.0.113.1": {"a"}, "203.0.113.2": {"b"}, "203.0.113.3": {"a", "b"}}
)

func TestWhichServicesPreferNearEndpoints(t *testing.T) {
	const older, newer = corev1.DeprecatedAnnotationTopologyAwareHints, corev1.AnnotationTopologyMode
	tests := []struct {
		name        string
		field       string
		annotations map[string]string
		want        bool
	}{
		{name: "one that says nothing"},
		{name: "PreferClose", field: corev1.ServiceTrafficDistributionPreferClose, want: true},
		{name: "PreferSameZone", field: corev1.ServiceTrafficDistributionPreferSameZone, want: true},
		{name: "PreferSameNode, which no outside host is on", field: corev1.ServiceTrafficDistributionPreferSameNode, want: true},
		{name: "the annotation", annotations: map[string]string{newer: "Auto"}, want: true},
		{name: "the annotation before that", annotations: map[string]string{older: "auto"}, want: true},
		{name: "the annotation turned off", annotations: map[string]string{newer: "Disabled"}},
		{name: "the older annotation goes first", annotations: map[string]string{older: "Disabled", newer: "Auto"}},
		{name: "the field goes before annotations", field: corev1.ServiceTrafficDistributionPreferClose, annotations: map[string]string{newer: "Disabled"}, want: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service := somebodysService()
			service.Annotations, service.Spec.TrafficDistribution = tt.annotations, new(tt.field)
			if got := desired.PrefersNear(service); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
	if desired.PrefersNear(nil) || desired.PrefersNear(somebodysService()) {
		t.Error("no Service and one without the field do")
	}
}

func TestZonesBecomeHintsWhileTheServiceAsksForThem(t *testing.T) {
	c := allUp(t, object(inZones("a", "b", "")))
	c.wantHints(noHints)
	c.edit(distributing)
	c.wantWrites(c.mustReconcile(), "update service", updateSlice, updateStatus)
	c.wantHints(allHave)
	c.wantQuiet()

	c.failHost()
	c.wantWrites(c.mustReconcile(), updateSlice, updateEndpoints, updateStatus)
	c.wantHints(allHave)
	c.restart()
	c.wantQuiet()

	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Service.TrafficDistribution = "" })
	c.wantWrites(c.mustReconcile(), "update service", updateSlice, updateStatus)
	c.wantHints(noHints)
	if got := read(c, &corev1.Service{}).Spec.TrafficDistribution; got != nil {
		t.Errorf("the Service has %q", *got)
	}
	c.wantQuiet()
}

// The slices follow the Service in the same reconcile: our own write to it wakes nobody.
func TestTheAnnotationOfAManagedServiceIsFollowedAtOnce(t *testing.T) {
	c := allUp(t, object(inZones("a", "b", "")))
	c.edit(func(o *v1alpha1.ExternalService) {
		o.Spec.Service.Annotations = map[string]string{corev1.AnnotationTopologyMode: "Auto"}
	})
	c.wantWrites(c.mustReconcile(), "update service", updateSlice, updateStatus)
	c.wantHints(allHave)
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Service.Annotations = nil })
	c.wantWrites(c.mustReconcile(), "update service", updateSlice, updateStatus)
	c.wantHints(noHints)
	c.wantQuiet()
}

func TestTheOwnerOfAnExistingServiceDecidesOnHints(t *testing.T) {
	c := allUp(t, object(existing, inZones("a", "b", "")), somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}))
	// As often as they like: this is no fight over the slices.
	for range 2 * desired.MaxReverts {
		for _, step := range []struct {
			distribution *string
			want         map[string][]string
		}{{new(corev1.ServiceTrafficDistributionPreferSameZone), allHave}, {nil, noHints}} {
			service := read(c, &corev1.Service{})
			service.Spec.TrafficDistribution = step.distribution
			if err := c.server.Update(t.Context(), service); err != nil {
				t.Fatal(err)
			}
			c.wantWrites(c.mustReconcile(), updateSlice)
			c.wantHints(step.want)
			c.wantQuiet()
		}
	}
}

func TestANewServiceThatPrefersNearHostsHasHintsFromTheStart(t *testing.T) {
	o := object(inZones("a", "b", ""), distributing)
	o.Spec.HealthCheck.InitialState = v1alpha1.InitialHealthy
	c := newCluster(t, o)
	c.wantWrites(c.mustReconcile(), createService, createSlice, createEndpoints, updateStatus)
	c.wantHints(allHave)
	c.wantQuiet()
}
