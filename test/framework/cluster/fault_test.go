package cluster_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// Each fault of a host has its own mark on the clients', and is gone after
// Recover.
func TestHostFaultsShowInTraffic(t *testing.T) {
	const timeout = 500 * time.Millisecond
	c := cluster.Start(t, cluster.Options{Hosts: cluster.Hosts(2)})
	good, bad := c.Host("host-1"), c.Host("host-2")
	publish(t, c, good, bad)

	for _, test := range []struct {
		name  string
		fault func() error
		seen  load.Failure
	}{
		{"killed", bad.Kill, load.Refused},
		{"black hole", bad.BlackHole, load.Timeout},
		{"status 500", func() error { return bad.Status(http.StatusInternalServerError) }, load.Status},
		{"hang", bad.Hang, load.Timeout},
		{"reset", bad.Reset, load.Reset},
		{"one byte a second", bad.OneBytePerSecond, load.Timeout},
		{"paused", bad.Pause, load.Timeout},
		{"nearly all packets lost", func() error { return bad.Lose(99) }, load.Timeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, err := c.Load(load.Spec{Target: "http://" + serviceIPv4 + "/", Timeout: timeout})
			if err != nil {
				t.Fatal(err)
			}
			await(t, l, "answers of both", func(r load.Report) bool { return r.ByHost[good.Name] > 5 && r.ByHost[bad.Name] > 5 })
			if err := test.fault(); err != nil {
				t.Fatal(err)
			}
			broken := time.Now()
			await(t, l, "failures", func(r load.Report) bool { return r.Since(broken).ByError()[test.seen] > 5 })
			recovering := time.Now()
			if err := bad.Recover(); err != nil {
				t.Fatal(err)
			}
			recovered := time.Now()
			await(t, l, "answers after recovery", func(r load.Report) bool { return r.Since(recovered).ByHost[bad.Name] > 5 })

			report := l.Stop()
			during := report.Since(broken).Before(recovered)
			// Those under way at its recovery a host may yet answer.
			if given := during.Before(recovering.Add(-timeout)); given.ByHost[bad.Name] > 0 {
				t.Errorf("the faulty host answered: %s", given)
			}
			if during.ByHost[good.Name] == 0 {
				t.Errorf("the good host did not answer: %s", during)
			}
			t.Logf("during the fault: %s", during)
			t.Logf("after it: %s", report.Since(recovered))
		})
	}
}

// A fault of the health path alone leaves the traffic as it is.
func TestHostHealthFaultKeepsTraffic(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Hosts: cluster.Hosts(1)})
	h := c.Host("host-1")
	if err := h.Health().Status(http.StatusServiceUnavailable); err != nil {
		t.Fatal(err)
	}
	for path, wanted := range map[string]int{
		":8080/":                  http.StatusOK,
		":8080" + host.HealthPath: http.StatusServiceUnavailable,
		":8008/":                  http.StatusServiceUnavailable,
	} {
		answer, err := http.Get("http://" + h.IPv4.String() + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != wanted {
			t.Errorf("%s answers %d, want %d", path, answer.StatusCode, wanted)
		}
	}
}

// The operator's side loses the hosts while clients still reach them.
func TestIsolateKeepsTraffic(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Hosts: cluster.Hosts(1)})
	h := c.Host("host-1")
	publish(t, c, h)
	if err := c.Isolate(); err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: 300 * time.Millisecond}
	if answer, err := client.Get("http://" + h.IPv4.String() + ":8080/"); err == nil {
		answer.Body.Close()
		t.Error("the isolated side reaches the host")
	}
	answered(t, c, load.Spec{Target: "http://" + serviceIPv4 + "/"}, h.Name)
	if err := c.Rejoin(); err != nil {
		t.Fatal(err)
	}
	answer, err := client.Get("http://" + h.IPv4.String() + ":8080/")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
}

func await(t *testing.T, l *load.Load, what string, satisfied func(load.Report) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
	defer cancel()
	if err := l.Await(ctx, what, satisfied); err != nil {
		t.Fatal(err)
	}
}
