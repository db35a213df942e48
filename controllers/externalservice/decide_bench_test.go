package externalservice

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/health"
)

// A thousand hosts that fail together must cost a thousand looks and not a million:
// compare ns/host over the sizes.
func BenchmarkDecide(b *testing.B) {
	for _, size := range []int{10, 100, 1000} {
		for name, verdict := range map[string]func(n int) health.Verdict{
			"all up":     func(int) health.Verdict { return up(60) },
			"all down":   func(int) health.Verdict { return down(0) },
			"half stale": func(n int) health.Verdict { return []health.Verdict{down(0), up(-n)}[n%2] },
		} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				var listed []v1alpha1.Host
				for n := range size {
					listed = append(listed, v1alpha1.Host{Address: netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}).String(), Priority: int32(n % 2)})
				}
				endpoints := endpointsOf(object(withHosts(listed...)))
				v, m := hosts.Verdicts{}, newMemory()
				for n, e := range endpoints {
					v[e.ID], m.Published[e.ID] = verdict(n), true
				}
				r := failover.Rules{Policy: policy("50%", v1alpha1.ActionKeepLast)}
				for b.Loop() {
					r.Decide(endpoints, v, m.Previous)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/host")
			})
		}
	}
}
