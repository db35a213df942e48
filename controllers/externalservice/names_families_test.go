package externalservice

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// six is the n-th IPv6 address, says6 a good answer with these.
func six(n int) netip.Addr {
	bytes := netip.MustParseAddr("2001:db8:5::").As16()
	bytes[15] = byte(n)
	return netip.AddrFrom16(bytes)
}

func says6(numbers ...int) resolve.Reply {
	r := resolve.Reply{Family: resolve.IPv6, Result: resolve.Good}
	for _, n := range numbers {
		r.Records = append(r.Records, resolve.Record{Address: six(n)})
	}
	return r
}

func fails6(result resolve.Result) resolve.Reply {
	return resolve.Reply{Family: resolve.IPv6, Result: result}
}

func id6(n int) engine.MemberID { return engine.MemberID{Address: six(n), Port: "pg"} }

// A managed Service that is deleted is made anew. On clusters whose Services get IPv6 the
// names must not be asked for IPv4 meanwhile, which would drop all that is published.
func TestReconcilerKeepsTheFamiliesOfNamesWhileTheServiceIsGone(t *testing.T) {
	both := []corev1.IPFamily{corev1.IPv6Protocol, corev1.IPv4Protocol}
	for name, families := range map[string][]corev1.IPFamily{"IPv6": both[:1], "dual stack": both} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, object(withHosts(named(dbName)...)))
			c.family = families
			c.mustReconcile() // makes the Service
			c.mustReconcile()
			replies := []resolve.Reply{says6(1, 2)}
			if len(families) > 1 {
				replies = append(replies, says(1))
			}
			c.names.hear(dbName, at(0), replies...)
			c.judged(hosts.Verdicts{id6(1): up(0), id6(2): up(0), id(1): up(0)})
			c.wantQuiet()
			before := c.serving()
			for range 2 { // in the same process, and in a new one
				service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: orders.Namespace, Name: orders.Name}}
				if err := c.server.Delete(t.Context(), service); err != nil {
					t.Fatal(err)
				}
				c.wantWrites(c.mustReconcile(), "create service")
				c.wantServed(before...)
				c.wantQuiet()
				c.restart()
			}
		})
	}
}

// dualStack is a cluster at rest with a name of one IPv4 address, whose AAAA lookups end so.
func dualStack(t *testing.T, result resolve.Result) *cluster {
	t.Helper()
	o := object(withHosts(append(named(dbName), hostsNumbered(9)...)...))
	o.Spec.Resolution.Families = []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
	c := newCluster(t, o)
	c.mustReconcile()
	c.names.hear(dbName, at(0), says(1), fails6(result))
	c.judged(hosts.Verdicts{id(1): up(0), id(9): up(0)})
	return c
}

func TestConditionNamesTheFamilyThatFails(t *testing.T) {
	for result, want := range map[resolve.Result]string{
		resolve.NXDomain: "", resolve.NoData: "",
		resolve.Servfail: "db.example.com (IPv6) name timeout since 2026-11-21T10:00:00Z",
		resolve.Timeout:  "db.example.com (IPv6) name timeout since 2026-11-21T10:00:00Z",
		resolve.Refused:  "db.example.com (IPv6) name timeout since 2026-11-21T10:00:00Z",
	} {
		t.Run(string(result), func(t *testing.T) {
			c := dualStack(t, result)
			got := ""
			if degraded := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionDegraded); degraded != nil {
				got = degraded.Message
			}
			if got != want {
				t.Errorf("Degraded says %q, want %q", got, want)
			}
			c.wantServed("203.0.113.1", "203.0.113.9")
			told := strings.Join(received(c.recorder), "\n")
			if said := strings.Contains(told, "NameStale db.example.com (IPv6) name timeout"); said != (want != "") {
				t.Errorf("events: %s", told)
			}
			c.wantQuiet()
			c.restart()
			c.wantQuiet()
			c.names.hear(dbName, at(100), says(1), fails6(result))
			c.wantQuiet()
		})
	}
}

// What the user removed while no operator ran must not stay because of a family that has
// no say in it.
func TestRecoverySettlesEachFamilyByItself(t *testing.T) {
	for _, result := range []resolve.Result{resolve.NXDomain, resolve.Servfail, resolve.Refused, resolve.Timeout, resolve.NoData} {
		t.Run(string(result), func(t *testing.T) {
			c := dualStack(t, result)
			o := c.object()
			o.Spec.Hosts = named(dbName)
			if err := c.server.Update(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			o.Status.Endpoints = nil // as in a status that is too long to list what is healthy
			if err := c.server.Status().Update(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			c.restart()
			c.mustReconcile()
			c.setVerdicts(hosts.Verdicts{id(1): up(0), id(9): up(0)})
			for n := range 6 {
				c.names.hear(dbName, at(100+60*n), says(1), fails6(result))
				c.mustReconcile()
			}
			if diff := cmp.Diff([]string{"203.0.113.1"}, c.serving()); diff != "" {
				t.Errorf("serving (-want +got):\n%s", diff)
			}
		})
	}
}
