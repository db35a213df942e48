package names

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// publishings counts the writes of slices and Endpoints of the world since then.
func (w *World) publishings(t *testing.T, since time.Time) (n int) {
	t.Helper()
	for what, writes := range framework.Count(w.Writes(t, since)) {
		if strings.HasSuffix(what, "endpointslices") || strings.HasSuffix(what, "endpoints") {
			n += writes
		}
	}
	return n
}

// degradedBy returns nil when the object is Degraded for that reason.
func (w *World) degradedBy(t *testing.T, object *v1alpha1.ExternalService, reason string) error {
	t.Helper()
	if c := framework.Condition(w.Get(t, object), v1alpha1.ConditionDegraded); c.Reason != reason {
		return fmt.Errorf("%s: Degraded is %q because of %q: %s, want %q", object.Name, c.Status, c.Reason, c.Message, reason)
	}
	return nil
}

// TestNameRebindingIsDenied leads a name to what must not be reached, in every form that
// an address has, beside a host that stays.
func TestNameRebindingIsDenied(t *testing.T) {
	w, server := idleWorld(t), framework.Nameserver(t)
	hosts := w.Cluster.Hosts()
	service, node := w.apiServerIP(t), w.Cluster.Node().IPv4.String()
	inside := []string{
		"127.0.0.1", "169.254.169.254", service, node,
		"::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:" + service,
		"64:ff9b::a9fe:a9fe", nat64(service), "2002:a9fe:a9fe::",
	}
	sent := countPackets(t, inside...)
	const name = "rebind.example.com"
	server.Set(name, meaning(hosts[0]))
	object := w.ByName("rebind", name)
	object.Spec.Resolution.Families = []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
	object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: hosts[1].IPv4.String()})
	operator := w.Start(t, "rebind")
	w.Serve(t, object)

	server.Set(name, framework.LeadingTo(inside...))
	waits.Eventually(t, waits.Timeout, func() error { return w.denies(t, object, name) })
	// The host that DNS has dropped goes in time; the other one stays throughout.
	waits.Eventually(t, waits.Timeout, func() error { return w.ServesOnly(t, object, hosts[1].IPv4.String()) })
	waits.Always(t, 2*framework.Interval, func() error { return w.ServesOnly(t, object, hosts[1].IPv4.String()) })
	for _, address := range inside {
		if n := sent(address); n != 0 {
			t.Errorf("the prober sent %d packets to %s", n, address)
		}
	}
	w.keepsToItself(t, object, operator, "169.254.169.254", "a9fe:a9fe")

	server.Set(name, meaning(hosts[0]))
	waits.Eventually(t, waits.Timeout, func() error { return w.ServesOnly(t, object, framework.Addresses(hosts[:2]...)...) })
}

// nat64 is the address behind a NAT64.
func nat64(v4 string) string {
	inside := netip.MustParseAddr(v4).As4()
	bytes := netip.MustParseAddr("64:ff9b::").As16()
	copy(bytes[12:], inside[:])
	return netip.AddrFrom16(bytes).String()
}

// denies returns nil when the status says that the name leads to what is denied.
func (w *World) denies(t *testing.T, object *v1alpha1.ExternalService, name string) error {
	t.Helper()
	for _, e := range w.Get(t, object).Status.Endpoints {
		if e.Host == name && e.State == v1alpha1.EndpointDenied && e.Reason == "AddressDenied" && e.Address == "" {
			return nil
		}
	}
	return fmt.Errorf("nothing of %s is denied", name)
}

// keepsToItself fails the test when the object or the operator's log tells of these.
func (w *World) keepsToItself(t *testing.T, object *v1alpha1.ExternalService, operator *install.Operator, secrets ...string) {
	t.Helper()
	status, err := json.Marshal(w.Get(t, object).Status)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(operator.Log())
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := operator.Metrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		for where, text := range map[string]string{"status": string(status), "log": string(log), "metrics": metrics} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s tells of %s", where, secret)
			}
		}
	}
}

// TestNameserverFailureKeepsHosts fails in every way that there is, each with a name of its
// own, while the hosts are well: that costs nothing.
func TestNameserverFailureKeepsHosts(t *testing.T) {
	w, server := world(t), framework.Nameserver(t)
	hosts := w.Cluster.Hosts()[:2]
	faults := map[string]struct {
		name   resolvetest.Name
		reason probes.Reason
	}{
		"empty":    {resolvetest.Name{}, probes.NameNotFound},
		"nxdomain": {resolvetest.Name{Rcode: dns.RcodeNameError}, probes.NameNotFound},
		"servfail": {resolvetest.Name{Rcode: dns.RcodeServerFailure}, probes.NameTimeout},
		"refused":  {resolvetest.Name{Rcode: dns.RcodeRefused}, probes.NameTimeout},
		"silence":  {resolvetest.Name{Fault: resolvetest.Silence}, probes.NameTimeout},
		"garbage":  {resolvetest.Name{Fault: resolvetest.Garbage}, probes.NameTimeout},
		"loop":     {resolvetest.Name{Alias: "loop.example.com", TTL: 1}, probes.NameTimeout},
		"flood":    {resolvetest.Name{TTL: 1, Addresses: resolvetest.Many(netip.MustParseAddr("198.18.0.1"), 5000)}, probes.NameTimeout},
	}
	objects := map[string]*v1alpha1.ExternalService{}
	for fault := range faults {
		server.Set(fault+".example.com", meaning(hosts...))
		objects[fault] = w.ByName(fault, fault+".example.com")
		w.Create(t, objects[fault])
	}
	for _, object := range objects {
		waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, object) })
	}
	w.AwaitRest(t)

	since := time.Now()
	for fault, f := range faults {
		server.Set(fault+".example.com", f.name)
	}
	for fault, f := range faults {
		// A silent server takes two tries of two seconds until it is given up.
		waits.Eventually(t, waits.Timeout, func() error { return w.degradedBy(t, objects[fault], v1alpha1.ReasonNameStale) })
		want := fault + ".example.com " + f.reason.Phrase() + " since "
		if c := framework.Condition(w.Get(t, objects[fault]), v1alpha1.ConditionDegraded); !strings.HasPrefix(c.Message, want) {
			t.Errorf("Degraded says %q, want %q", c.Message, want)
		}
	}
	waits.Elapse(t, 2*framework.Interval)
	for _, object := range objects {
		if err := w.ServesOnly(t, object, framework.Addresses(hosts...)...); err != nil {
			t.Errorf("%s: %v", object.Name, err)
		}
	}
	if n := w.publishings(t, since); n != 0 {
		t.Errorf("%d writes of slices and Endpoints", n)
	}
	for fault := range faults {
		server.Set(fault+".example.com", meaning(hosts...))
	}
	for _, object := range objects {
		waits.Eventually(t, waits.Timeout, func() error { return w.degradedBy(t, object, "") })
	}
}

// TestNameWithTooManyAddressesIsCapped is capped, and one that hands out a part of its
// addresses in turn makes nothing churn.
func TestNameWithTooManyAddressesIsCapped(t *testing.T) {
	w, server := world(t), framework.Nameserver(t)
	crowd := resolvetest.Name{TTL: 0, Addresses: resolvetest.Many(netip.MustParseAddr("198.18.0.1"), 4000)}
	turns := resolvetest.Name{TTL: 1 << 31, Addresses: resolvetest.Many(netip.MustParseAddr("198.18.32.1"), 100), Rotate: 8}
	server.Set("crowd.example.com", crowd)
	server.Set("turns.example.com", turns)
	capped, turning := w.ByName("capped", "crowd.example.com"), w.ByName("turning", "turns.example.com")
	for _, object := range []*v1alpha1.ExternalService{capped, turning} {
		object.Spec.HealthCheck.HTTP, object.Spec.HealthCheck.None = nil, &v1alpha1.NoCheck{}
		object.Spec.Resolution.MaxAddresses = 24
		w.Create(t, object)
	}
	for _, object := range []*v1alpha1.ExternalService{capped, turning} {
		waits.Eventually(t, waits.Timeout, func() error {
			if published := w.Get(t, object).Status.Hosts.Published; published != 24 {
				return fmt.Errorf("%s: %d published, want 24", object.Name, published)
			}
			return w.degradedBy(t, object, v1alpha1.ReasonTruncated)
		})
	}
	w.AwaitRest(t)
	since, asked := time.Now(), server.Queries("turns.example.com", dns.TypeA)
	waits.Elapse(t, 5*refresh)
	w.NoWrites(t, since)
	for _, name := range []string{"turns.example.com", "crowd.example.com"} {
		if asked := server.Queries(name, dns.TypeA); asked == 0 {
			t.Errorf("%s was never asked for", name)
		}
	}
	if n := server.Queries("turns.example.com", dns.TypeA) - asked; n < 2 || n > 7 {
		t.Errorf("a TTL of 2^31 s: asked %d times within %s", n, 5*refresh)
	}
}

// TestSRVRecordsSetPortsAndTiers has two ports of one host, and another host that
// stands by.
func TestSRVRecordsSetPortsAndTiers(t *testing.T) {
	w, server := world(t), framework.Nameserver(t)
	hosts := w.Cluster.Hosts()
	const name = "_web._tcp.srv.example.com"
	server.Set("one.srv.example.com", meaning(hosts[0]))
	server.Set("two.srv.example.com", meaning(hosts[1]))
	server.Set(name, resolvetest.Name{TTL: 1, Services: []resolvetest.Service{
		{Target: "one.srv.example.com", Port: 8080}, {Target: "one.srv.example.com", Port: 8008},
		{Target: "two.srv.example.com", Port: 8080, Priority: 10},
	}})
	object := w.ByName("srv", name)
	w.Create(t, object)
	places := func(want ...string) func() error {
		return func() error {
			var ready []string
			for _, slice := range w.Slices(t, "srv") {
				for _, e := range slice.Endpoints {
					if e.Conditions.Ready != nil && *e.Conditions.Ready {
						ready = append(ready, fmt.Sprintf("%s:%d", e.Addresses[0], *slice.Ports[0].Port))
					}
				}
			}
			slices.Sort(ready)
			if !slices.Equal(ready, want) {
				return fmt.Errorf("ready are %v, want %v", ready, want)
			}
			return nil
		}
	}
	one, two := hosts[0].IPv4.String(), hosts[1].IPv4.String()
	waits.Eventually(t, waits.Timeout, places(one+":8008", one+":8080"))
	client := w.Stream(t, "to SRV hosts", "http://"+w.ClusterIP(t, "srv")+"/")
	framework.AwaitEach(t, []*framework.Stream{client}, hosts[:1])
	if err := hosts[0].Kill(); err != nil {
		t.Fatal(err)
	}
	waits.Eventually(t, waits.Timeout, places(two+":8080"))
	framework.AwaitEach(t, []*framework.Stream{client}, hosts[1:2])
}

// TestOperatorStartsWithoutNameserver finds its hosts in what its predecessor
// published, and changes nothing until a name server answers.
func TestOperatorStartsWithoutNameserver(t *testing.T) {
	w, server := idleWorld(t), framework.Nameserver(t)
	hosts := w.Cluster.Hosts()[:3]
	const name = "silent.example.com"
	server.Set(name, meaning(hosts...))
	object := w.ByName("silent", name)
	operator := w.Start(t, "silent", "--leader-elect=false")
	w.Serve(t, object)
	w.AwaitRest(t)

	for _, said := range []resolvetest.Name{{Fault: resolvetest.Silence}, meaning(hosts...)} {
		since := time.Now()
		server.Set(name, said)
		if err := operator.Restart(); err != nil {
			t.Fatal(err)
		}
		waits.Always(t, 6*framework.Interval, func() error { return w.ServesOnly(t, object, framework.Addresses(hosts...)...) })
		if n := w.publishings(t, since); n != 0 {
			t.Errorf("%d writes of slices and Endpoints", n)
		}
		awaitProbed(t, operator, hosts[0].IPv4.String())
	}
}

// awaitProbed waits until the operator has found a host to be well.
func awaitProbed(t *testing.T, operator *install.Operator, address string) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		metrics, err := operator.Metrics(t.Context())
		if err != nil {
			return err
		}
		for line := range strings.Lines(metrics) {
			if strings.HasPrefix(line, "external_endpoints_host_up") && strings.Contains(line, address) && strings.HasSuffix(line, " 1\n") {
				return nil
			}
		}
		return fmt.Errorf("%s is not watched", address)
	})
}
