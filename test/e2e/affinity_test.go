package e2e

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/test/cluster/load"
)

func TestAClientWithAffinityStaysWithItsHostUntilThatDies(t *testing.T) {
	w := world(t)
	object := w.web("sticky", w.Cluster.Hosts()...)
	object.Spec.Service.SessionAffinity = corev1.ServiceAffinityClientIP
	w.serve(t, object)
	client := w.stream(t, "sticky client", "http://"+w.clusterIP(t, "sticky")+"/")

	first := awaitOneHost(t, client)
	if err := w.Cluster.Host(first).Kill(); err != nil {
		t.Fatal(err)
	}
	w.awaitEachWithout(t, []*stream{client}, w.Cluster.Host(first), []string{"sticky"})
	second := awaitOneHost(t, client)
	if first == second {
		t.Errorf("the client is still with %s, which is dead", first)
	}
	t.Logf("moved from %s to %s: %s", first, second, client.load.Stop())
}

// awaitOneHost waits until the stream is calm and returns the only host that answers it.
func awaitOneHost(t *testing.T, s *stream) string {
	t.Helper()
	report := s.awaitCalm(t, time.Now())
	if len(report.ByHost) != 1 {
		t.Fatalf("%s: must be answered by one host: %s", s.name, report)
	}
	return onlyHost(report)
}

func onlyHost(report load.Report) string {
	for name := range report.ByHost {
		return name
	}
	panic(fmt.Sprintf("no answer in %s", report))
}
