package service

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

func TestServiceWith16Ports(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:2]
	object := w.Web("many-ports", hosts...)
	object.Spec.Ports = nil
	for i := range 16 {
		object.Spec.Ports = append(object.Spec.Ports, v1alpha1.Port{Name: fmt.Sprintf("p%d", i), Port: int32(80 + i), TargetPort: 8080})
	}
	w.Serve(t, object)
	// All ports are checked at the same place, so they share their health, and a slice.
	if all := w.Slices(t, "many-ports"); len(all) != 1 || len(all[0].Ports) != 16 {
		t.Errorf("%d slices, the first with %d ports; want 1 with 16", len(all), len(all[0].Ports))
	}
	var streams []*framework.Stream
	for _, port := range []int{80, 95} {
		target := fmt.Sprintf("http://%s:%d/", w.ClusterIP(t, "many-ports"), port)
		streams = append(streams, w.Stream(t, target, target))
	}
	framework.AwaitEach(t, streams, hosts)
}

func TestPortRenameKeepsTraffic(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:2]
	object := w.Web("renamed", hosts...)
	w.Serve(t, object)
	target := "http://" + w.ClusterIP(t, "renamed") + "/"
	framework.AwaitEach(t, []*framework.Stream{w.Stream(t, "before", target)}, hosts)
	client := w.StreamOf(t, "through the renaming", load.Spec{Target: target, Rate: 100})

	framework.Change(t, w.Client, object, func(o *v1alpha1.ExternalService) { o.Spec.Ports[0].Name = "web" })
	waits.Eventually(t, waits.Timeout, func() error {
		service := w.Service(t, "renamed")
		for _, slice := range w.Slices(t, "renamed") {
			if got := *slice.Ports[0].Name; got != "web" || service.Spec.Ports[0].Name != "web" {
				return fmt.Errorf("the Service's port is %s, the slice's %s", service.Spec.Ports[0].Name, got)
			}
		}
		return w.Served(t, object)
	})
	client.AwaitCalm(t, time.Now())
	framework.AwaitEach(t, []*framework.Stream{client}, hosts)
	// kube-proxy joins Service and slices by the port's name, and finds hosts whichever of
	// the two it sees. What it makes of a port with another name is its own affair.
	t.Log(client.Load.Stop())
}

// TestSliceCarriesHostAttributes is about zone, hostname and a port of its own.
func TestSliceCarriesHostAttributes(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:2]
	object := w.Web("odd", hosts...)
	object.Spec.Hosts[0].Zone = "eu-west-1a"
	object.Spec.Hosts[0].Hostname = "db-0"
	object.Spec.Hosts[1].Ports = []v1alpha1.HostPort{{Name: "http", TargetPort: 8008}}
	w.Serve(t, object)

	type told struct {
		Zone, Hostname string
		Port           int32
	}
	got := map[string]told{}
	for _, slice := range w.Slices(t, "odd") {
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
	client := w.Stream(t, "to hosts with different ports", "http://"+w.ClusterIP(t, "odd")+"/")
	framework.AwaitEach(t, []*framework.Stream{client}, hosts)

	framework.Change(t, w.Client, object, func(o *v1alpha1.ExternalService) { o.Spec.Hosts[1].Ports = nil })
	waits.Eventually(t, waits.Timeout, func() error {
		if all := w.Slices(t, "odd"); len(all) != 1 || len(all[0].Endpoints) != 2 {
			return fmt.Errorf("hosts of the same port must share a slice, there are %d", len(all))
		}
		return w.Served(t, object)
	})
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
