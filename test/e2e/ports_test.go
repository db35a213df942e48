package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/cluster/load"
)

func TestSixteenPorts(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:2]
	object := w.web("many-ports", hosts...)
	object.Spec.Ports = nil
	for i := range 16 {
		object.Spec.Ports = append(object.Spec.Ports, v1alpha1.Port{Name: fmt.Sprintf("p%d", i), Port: int32(80 + i), TargetPort: 8080})
	}
	w.serve(t, object)
	// All ports are checked at the same place, so they share their health, and a slice.
	if all := w.slices(t, "many-ports"); len(all) != 1 || len(all[0].Ports) != 16 {
		t.Errorf("%d slices, the first with %d ports; want 1 with 16", len(all), len(all[0].Ports))
	}
	var streams []*stream
	for _, port := range []int{80, 95} {
		target := fmt.Sprintf("http://%s:%d/", w.clusterIP(t, "many-ports"), port)
		streams = append(streams, w.stream(t, target, target))
	}
	awaitEach(t, streams, hosts)
}

func TestAPortIsRenamed(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:2]
	object := w.web("renamed", hosts...)
	w.serve(t, object)
	target := "http://" + w.clusterIP(t, "renamed") + "/"
	awaitEach(t, []*stream{w.stream(t, "before", target)}, hosts)
	client := w.streamOf(t, "through the renaming", load.Spec{Target: target, Rate: 100})

	change(t, w.Client, object, func(o *v1alpha1.ExternalService) { o.Spec.Ports[0].Name = "web" })
	eventually(t, readyWithin, func() error {
		service := w.service(t, "renamed")
		for _, slice := range w.slices(t, "renamed") {
			if got := *slice.Ports[0].Name; got != "web" || service.Spec.Ports[0].Name != "web" {
				return fmt.Errorf("the Service's port is %s, the slice's %s", service.Spec.Ports[0].Name, got)
			}
		}
		return w.served(t, object)
	})
	client.awaitCalm(t, time.Now())
	awaitEach(t, []*stream{client}, hosts)
	// kube-proxy joins Service and slices by the port's name, so there is a moment
	// between two writes in which it finds nothing.
	t.Log(client.load.Stop())
}

// TestWhatAHostSaysOfItselfIsInItsSlice is about zone, hostname and a port of its own.
func TestWhatAHostSaysOfItselfIsInItsSlice(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:2]
	object := w.web("odd", hosts...)
	object.Spec.Hosts[0].Zone = "eu-west-1a"
	object.Spec.Hosts[0].Hostname = "db-0"
	object.Spec.Hosts[1].Ports = []v1alpha1.HostPort{{Name: "http", TargetPort: 8008}}
	w.serve(t, object)

	type told struct {
		Zone, Hostname string
		Port           int32
	}
	got := map[string]told{}
	for _, slice := range w.slices(t, "odd") {
		for _, e := range slice.Endpoints {
			got[e.Addresses[0]] = told{Zone: text(e.Zone), Hostname: text(e.Hostname), Port: *slice.Ports[0].Port}
		}
	}
	want := map[string]told{
		hosts[0].IPv4.String(): {Zone: "eu-west-1a", Hostname: "db-0", Port: 8080},
		hosts[1].IPv4.String(): {Port: 8008},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("in the slices (-want +got):\n%s", diff)
	}
	client := w.stream(t, "to hosts with different ports", "http://"+w.clusterIP(t, "odd")+"/")
	awaitEach(t, []*stream{client}, hosts)

	change(t, w.Client, object, func(o *v1alpha1.ExternalService) { o.Spec.Hosts[1].Ports = nil })
	eventually(t, readyWithin, func() error {
		if all := w.slices(t, "odd"); len(all) != 1 || len(all[0].Endpoints) != 2 {
			return fmt.Errorf("hosts of the same port must share a slice, there are %d", len(all))
		}
		return w.served(t, object)
	})
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
