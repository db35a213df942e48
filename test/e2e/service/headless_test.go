package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestHeadlessServiceResolvesToHealthyHosts asks the cluster's own name
// server, a real CoreDNS.
func TestHeadlessServiceResolvesToHealthyHosts(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	dead, alive := hosts[0], hosts[1:]

	object := w.Web("brokers", hosts...)
	object.Spec.Service.Headless = true
	object.Spec.Service.IPFamilyPolicy = new(corev1.IPFamilyPolicyRequireDualStack)
	object.Spec.Hosts = append(object.Spec.Hosts, over6(hosts)...)
	for i, h := range append(hosts, hosts...) {
		object.Spec.Hosts[i].Hostname = h.Name
	}
	w.Serve(t, object)

	service := "brokers." + w.Namespace + ".svc.cluster.local"
	dns := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, w.Cluster.Nameserver())
	}}
	awaitNames := func(service string, healthy []*host.Host) {
		t.Helper()
		waits.Eventually(t, waits.Timeout, func() error { return resolves(t.Context(), dns, service, healthy) })
		for _, h := range healthy {
			waits.Eventually(t, waits.Timeout, func() error {
				return resolves(t.Context(), dns, h.Name+"."+service, []*host.Host{h})
			})
		}
	}
	awaitNames(service, hosts)
	// A headless Service translates no ports: clients use the hosts' own.
	byName := w.StreamOf(t, "by the Service's name", load.Spec{
		Target: "http://" + service + ":8080/", Rate: 40, Nameserver: w.Cluster.Nameserver(),
	})
	byName.AwaitCalm(t, time.Now())
	byHost := w.StreamOf(t, "by a host's name", load.Spec{
		Target: "http://" + alive[0].Name + "." + service + ":8080/", Rate: 40, Nameserver: w.Cluster.Nameserver(),
	})
	framework.AwaitEach(t, []*framework.Stream{byHost}, alive[:1])

	if err := dead.Kill(); err != nil {
		t.Fatal(err)
	}
	w.AwaitEachWithout(t, []*framework.Stream{byName}, dead, []string{"brokers"})
	awaitNames(service, alive)
	if err := resolves(t.Context(), dns, dead.Name+"."+service, nil); err != nil {
		t.Error(err)
	}

	if err := dead.Recover(); err != nil {
		t.Fatal(err)
	}
	waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, object) })
	awaitNames(service, hosts)
}

// resolves returns nil when a name resolves to both addresses of exactly these
// hosts; of none: when there is no such name.
func resolves(ctx context.Context, dns *net.Resolver, name string, hosts []*host.Host) error {
	for network, addressOf := range map[string]func(*host.Host) string{
		"ip4": func(h *host.Host) string { return h.IPv4.String() },
		"ip6": func(h *host.Host) string { return h.IPv6.String() },
	} {
		var wanted []string
		for _, h := range hosts {
			wanted = append(wanted, addressOf(h))
		}
		got, err := dns.LookupNetIP(ctx, network, name+".")
		var failure *net.DNSError
		if err != nil && (!errors.As(err, &failure) || !failure.IsNotFound) {
			return err
		}
		var found []string
		for _, address := range got {
			found = append(found, address.String())
		}
		slices.Sort(found)
		if diff := cmp.Diff(wanted, found); diff != "" {
			return fmt.Errorf("%s resolves to other %s addresses (-want +got):\n%s", name, network, diff)
		}
	}
	return nil
}
