package framework

import (
	"context"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/history"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// ProxyPeriod is how long after one change kube-proxy acts on the next.
const ProxyPeriod = time.Second

// Send sends 100 requests a second to port 80 of a Service until the test ends.
// It returns when each of the hosts has answered some and kube-proxy is idle: a
// change that comes now is acted on at once.
func (w *World) Send(t *testing.T, service string, hosts ...*host.Host) *load.Load {
	t.Helper()
	client, err := w.Cluster.Load(load.Spec{Target: "http://" + w.ClusterIP(t, service) + "/"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if report := client.Stop(); t.Failed() {
			t.Logf("traffic to %s: %s", service, report)
		}
	})
	AwaitAnswers(t, client, time.Now(), hosts...)
	waits.Elapse(t, ProxyPeriod)
	return client
}

// AwaitAnswers waits until each host has answered a request sent since then.
func AwaitAnswers(t *testing.T, client *load.Load, since time.Time, hosts ...*host.Host) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
	defer cancel()
	if err := client.Await(ctx, "answers of all hosts", func(report load.Report) bool {
		answers := report.Since(since).ByHost
		for _, h := range hosts {
			if answers[h.Name] == 0 {
				return false
			}
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
}

// Record records what becomes of a Service's slices until the test ends.
func (w *World) Record(t *testing.T, service string) *history.Slices {
	t.Helper()
	recorded, err := w.Cluster.RecordSlices(t.Context(), w.Namespace, service)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		states, _ := recorded.States()
		for _, state := range states {
			t.Logf("slices of %s at %s: ready %v", service, state.At.UTC().Format("15:04:05.000"), state.Ready)
		}
	})
	return recorded
}

// AwaitReady waits until exactly these hosts get traffic and returns since when.
func AwaitReady(t *testing.T, recorded *history.Slices, within time.Duration, hosts ...*host.Host) time.Time {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	at, err := recorded.Await(ctx, Addresses(hosts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Changes is how often the recorded slices changed since they were first seen.
func Changes(t *testing.T, recorded *history.Slices) []history.Event {
	t.Helper()
	events, err := recorded.Events()
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// States are what all slices together said after each change.
func States(t *testing.T, recorded *history.Slices) []history.State {
	t.Helper()
	all, err := recorded.States()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
