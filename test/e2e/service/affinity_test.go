package service

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/load"
)

func TestSessionAffinityLastsUntilHostDies(t *testing.T) {
	w := world(t)
	object := w.Web("sticky", w.Cluster.Hosts()...)
	object.Spec.Service.SessionAffinity = corev1.ServiceAffinityClientIP
	w.Serve(t, object)
	client := w.Stream(t, "sticky client", "http://"+w.ClusterIP(t, "sticky")+"/")

	first := awaitOneHost(t, client)
	if err := w.Cluster.Host(first).Kill(); err != nil {
		t.Fatal(err)
	}
	w.AwaitEachWithout(t, []*framework.Stream{client}, w.Cluster.Host(first), []string{"sticky"})
	second := awaitOneHost(t, client)
	if first == second {
		t.Errorf("the client is still with %s, which is dead", first)
	}
	t.Logf("moved from %s to %s: %s", first, second, client.Load.Stop())
}

// awaitOneHost waits until the stream is calm and returns the only host that answers it.
func awaitOneHost(t *testing.T, s *framework.Stream) string {
	t.Helper()
	report := s.AwaitCalm(t, time.Now())
	if len(report.ByHost) != 1 {
		t.Fatalf("%s: must be answered by one host: %s", s.Name, report)
	}
	return onlyHost(report)
}

func onlyHost(report load.Report) string {
	for name := range report.ByHost {
		return name
	}
	panic(fmt.Sprintf("no answer in %s", report))
}
