package service

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// serving is what a slice says of an endpoint.
type serving struct{ Ready, Serving, Terminating bool }

// TestSpecHostChangesLoseNoRequest walks one host through all
// that a user can ask of it, under traffic.
func TestSpecHostChangesLoseNoRequest(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:3]
	host, others, addition := hosts[0], hosts[1:], w.Cluster.Hosts()[3]
	object := w.Web("maintained", hosts...)
	w.Serve(t, object)
	target := "http://" + w.ClusterIP(t, "maintained") + "/"
	framework.AwaitEach(t, []*framework.Stream{w.Stream(t, "before", target)}, hosts)
	client := w.StreamOf(t, "client", load.Spec{Target: target, Rate: 100})
	in := serving{Ready: true, Serving: true}

	for _, step := range []struct {
		name string
		how  func(*v1alpha1.ExternalService)
		// want is what the slice says of the host; nil: it is not listed.
		want *serving
		// answering are those who get requests then.
		answering []string
	}{
		{"drained", setState(v1alpha1.HostDrain), &serving{Serving: true, Terminating: true}, framework.Names(others...)},
		{"active again", setState(v1alpha1.HostActive), &in, framework.Names(hosts...)},
		{"disabled", setState(v1alpha1.HostDisabled), nil, framework.Names(others...)},
		{"active once more", setState(v1alpha1.HostActive), &in, framework.Names(hosts...)},
		{"removed", func(o *v1alpha1.ExternalService) { o.Spec.Hosts = o.Spec.Hosts[1:] }, nil, framework.Names(others...)},
		{"another one added", func(o *v1alpha1.ExternalService) {
			o.Spec.Hosts = append(o.Spec.Hosts, v1alpha1.Host{Address: addition.IPv4.String()})
		}, nil, framework.Names(append(others[:2:2], addition)...)},
	} {
		framework.Change(t, w.Client, object, step.how)
		waits.Eventually(t, waits.Timeout, func() error {
			if diff := cmp.Diff(step.want, w.servingOf(t, "maintained", host.IPv4.String())); diff != "" {
				return fmt.Errorf("%s: the slice tells of %s (-want +got):\n%s", step.name, host.Name, diff)
			}
			return w.Observed(t, object)
		})
		client.AwaitOnly(t, step.name, step.answering)
	}
	report := client.Load.Stop()
	t.Log(report)
	if len(report.Failures) > 0 {
		t.Errorf("requests failed: %s, first %+v", report, report.Failures[0])
	}
}

// TestDrainedHostThatDiesIsNotServing: serving without ready tells
// consumers that connections may be kept.
func TestDrainedHostThatDiesIsNotServing(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:2]
	object := w.Web("leaving", hosts...)
	object.Spec.Hosts[0].State = v1alpha1.HostDrain
	w.Create(t, object)
	says := func(want serving) {
		t.Helper()
		waits.Eventually(t, waits.Timeout, func() error {
			if diff := cmp.Diff(&want, w.servingOf(t, "leaving", hosts[0].IPv4.String())); diff != "" {
				return fmt.Errorf("the slice tells of the drained host (-want +got):\n%s", diff)
			}
			return nil
		})
	}
	says(serving{Serving: true, Terminating: true})
	if err := hosts[0].Kill(); err != nil {
		t.Fatal(err)
	}
	says(serving{})
	if err := hosts[0].Recover(); err != nil {
		t.Fatal(err)
	}
	says(serving{Serving: true, Terminating: true})
}

func setState(state v1alpha1.HostState) func(*v1alpha1.ExternalService) {
	return func(o *v1alpha1.ExternalService) { o.Spec.Hosts[0].State = state }
}

// servingOf is what the Service's slices say of an address; nil: nothing.
func (w *World) servingOf(t *testing.T, service, address string) *serving {
	t.Helper()
	for _, slice := range w.Slices(t, service) {
		for _, e := range slice.Endpoints {
			if e.Addresses[0] == address {
				c := e.Conditions
				return &serving{Ready: *c.Ready, Serving: *c.Serving, Terminating: *c.Terminating}
			}
		}
	}
	return nil
}
