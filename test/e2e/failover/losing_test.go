package failover

import (
	"fmt"
	"net"
	"sync/atomic"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

const (
	// losingObjects are objects of one namespace, each with a host that works and one that fails
	// in the moment in which the measured host does.
	losingObjects, losingPort = 400, 9401
)

// Row 25: hundreds of objects of one namespace lose a host in the same moment, which is more than
// the API server writes in a second. A host in another namespace goes out as if they did not.
func TestFailoverTimeIsSameWhileAnotherNamespaceLosesManyHosts(t *testing.T) {
	w, losing := idleWorld(t), idleWorld(t)
	operator := w.startGuarded(t, "losing")
	alone := w.failOvers(t, "alone")

	failing := &atomic.Bool{}
	losing.losing(t, failing)
	healthy := func(want int) error {
		n, err := operator.Sum(t.Context(), "external_endpoints_hosts", `state="Healthy"`, fmt.Sprintf("namespace=%q", losing.Namespace))
		if err == nil && int(n) != want {
			err = fmt.Errorf("%v hosts of the other namespace are healthy, want %d", n, want)
		}
		return err
	}
	all := func() { waits.Eventually(t, waits.Timeout, func() error { return healthy(2 * losingObjects) }) }
	all()
	beside := w.failOversBy(t, "beside", waits.ShortOrFull(1, 3), func(h *host.Host) error {
		failing.Store(true)
		return h.Kill()
	}, func() {
		waits.Eventually(t, waits.Timeout, func() error { return healthy(losingObjects) })
		failing.Store(false)
		all()
	})
	framework.Within(t, "first failing probe to slice, while another namespace loses many hosts", beside, alone+framework.Slack)
	operator.unharmed(t, limitMemory)
}

// losing creates the objects. The first host of each always answers.
func (w *World) losing(t *testing.T, failing *atomic.Bool) {
	t.Helper()
	hosts := outside(t, 2*losingObjects)
	second := map[string]bool{}
	for n, address := range hosts {
		second[address.String()] = n%2 == 1
	}
	listen(t, losingPort, func(conn net.Conn) {
		address := conn.LocalAddr().(*net.TCPAddr).IP.String()
		answer := "ok"
		if second[address] && failing.Load() {
			answer = "no, I am a standby"
		}
		_, _ = conn.Write([]byte(answer))
		conn.Close()
	})
	for n := range losingObjects {
		o := w.Web(fmt.Sprintf("losing-%03d", n))
		o.Spec.Ports[0].TargetPort = losingPort
		o.Spec.HealthCheck.HTTP, o.Spec.HealthCheck.TCP = nil, &v1alpha1.TCPCheck{Expect: "ok"}
		for _, address := range hosts[2*n : 2*n+2] {
			o.Spec.Hosts = append(o.Spec.Hosts, v1alpha1.Host{Address: address.String()})
		}
		w.Create(t, o)
	}
}
