package externalservice

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/resolve"
)

func TestWhatIsLetGoOf(t *testing.T) {
	absent := func(k *resolve.TrackedRecord) { k.Absent = true }
	gone := func(k *resolve.TrackedRecord) { k.Absent, k.Gone = true, true }
	stale := func(k *resolve.TrackedRecord) { k.StaleSince = at(60) }
	never := time.Duration(0)
	tests := []struct {
		name      string
		record    func(*resolve.TrackedRecord)
		verdict   health.Verdict
		published bool
		now       time.Time
		drops     bool
		wait      time.Duration
	}{
		{"what DNS lists stays, however it is", func(*resolve.TrackedRecord) {}, down(0), false, at(1e6), false, never},
		{"what is gone and out", gone, up(0), false, at(70), true, never},
		{"not what is gone and published: it has passed no gate", gone, up(0), true, at(70), false, never},
		{"what is absent and well stays", absent, up(0), false, at(1e6), false, never},
		{"what is absent, fails and is out", absent, down(0), false, at(70), true, never},
		{"not by failures that a predecessor saw", absent, leftDown(), false, at(70), false, never},
		{"not while it is published", absent, down(0), true, at(70), false, never},
		{"what is stale and well stays", stale, up(0), false, at(1e6), false, never},
		{"what is stale and fails stays for keepFor after the later of both", stale, down(0), false, at(70), false, 50 * time.Second},
		{"and no longer", stale, down(0), false, at(120), true, never},
		{"unless it is published: that is for the failure policy", stale, down(0), true, at(120), false, never},
		{"counted from its failure where that came later", stale, down(90), false, at(100), false, 52 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := object(withHosts(named(dbName)...))
			o.Spec.Resolution.KeepFor = "1m"
			n := kept(meaning(map[string][]resolve.Record{dbName: hostsAt(1)}), dbName, tt.record)
			l := hosts.Endpoints(o.Spec, nil, anybody, checks.References{}, n)
			bye := hosts.ExpiryOf(o.Spec, n, l, hosts.Verdicts{id(1): tt.verdict}, map[engine.MemberID]bool{id(1): tt.published}, tt.now)
			want := map[string][]resolve.Record{}
			if tt.drops {
				want[dbName] = hostsAt(1)
			}
			if diff := cmp.Diff(want, bye.Drops, compareAddresses); diff != "" {
				t.Errorf("dropped (-want +got):\n%s", diff)
			}
			if got := bye.Wait(tt.now); got != tt.wait {
				t.Errorf("to be looked at again after %s, want %s", got, tt.wait)
			}
		})
	}
}

func TestAnAddressFailsWhenItFailsOnAllPorts(t *testing.T) {
	o := object(withHosts(named(dbName)...), withPorts(pgPort, webPort))
	n := kept(meaning(map[string][]resolve.Record{dbName: hostsAt(1)}), dbName, func(k *resolve.TrackedRecord) { k.Absent = true })
	l := hosts.Endpoints(o.Spec, nil, anybody, checks.References{}, n)
	web := engine.MemberID{Address: address(1), Port: "web"}
	if bye := hosts.ExpiryOf(o.Spec, n, l, hosts.Verdicts{id(1): down(0), web: up(0)}, nil, at(60)); len(bye.Drops) > 0 {
		t.Error("it is let go of though it is well on a port")
	}
	if bye := hosts.ExpiryOf(o.Spec, n, l, hosts.Verdicts{id(1): down(0), web: down(10)}, nil, at(60)); len(bye.Drops) != 1 {
		t.Error("it is kept though it fails on both ports")
	}
}

func TestARecordThatIsAnothersGoesWhenDNSHasDroppedIt(t *testing.T) {
	o := object(withHosts(append(named(dbName), hostsNumbered(1)...)...))
	n := kept(meaning(map[string][]resolve.Record{dbName: hostsAt(1)}), dbName, func(k *resolve.TrackedRecord) { k.Absent, k.Gone = true, true })
	l := hosts.Endpoints(o.Spec, nil, anybody, checks.References{}, n)
	bye := hosts.ExpiryOf(o.Spec, n, l, hosts.Verdicts{id(1): up(0)}, map[engine.MemberID]bool{id(1): true}, at(60))
	if len(bye.Drops[dbName]) != 1 {
		t.Error("it is kept for a literal that needs it not")
	}
}
