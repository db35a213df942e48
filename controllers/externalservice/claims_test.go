package externalservice

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// inLine tells of each endpoint who it is and whose.
func inLine(l hosts.Layout) []string {
	var lines []string
	for _, e := range l.Endpoints {
		text := fmt.Sprintf("%s %s tier %d", e.Target, e.Host, e.Tier)
		if e.RemovedFromDNS {
			text += " leaving"
		}
		lines = append(lines, text)
	}
	return lines
}

func TestWhoseAnAddressIs(t *testing.T) {
	host := func(address string, priority int32) v1alpha1.Host {
		return v1alpha1.Host{Address: address, Priority: priority}
	}
	srv := func(n int, port, priority uint16) resolve.Record {
		return resolve.Record{Address: address(n), Port: port, Priority: priority}
	}
	gone := func(k *resolve.TrackedRecord) { k.Absent, k.Gone = true, true }
	tests := []struct {
		name  string
		hosts []v1alpha1.Host
		means hosts.Names
		want  []string
	}{
		{"every address of a name is a host", []v1alpha1.Host{host(dbName, 2)}, meaning(map[string][]resolve.Record{dbName: hostsAt(2, 1)}),
			[]string{"203.0.113.1:5432 db.example.com tier 2", "203.0.113.2:5432 db.example.com tier 2"}},
		{"a literal has its address before a name, wherever it stands", []v1alpha1.Host{host(dbName, 1), host("203.0.113.1", 0)},
			meaning(map[string][]resolve.Record{dbName: hostsAt(1, 2)}),
			[]string{"203.0.113.2:5432 db.example.com tier 1", "203.0.113.1:5432 203.0.113.1 tier 0"}},
		{"of two names the first", []v1alpha1.Host{host(webName, 1), host(dbName, 0)},
			meaning(map[string][]resolve.Record{dbName: hostsAt(1, 2), webName: hostsAt(1)}),
			[]string{"203.0.113.1:5432 web.example.com tier 1", "203.0.113.2:5432 db.example.com tier 0"}},
		{"but not one that DNS has dropped it from", []v1alpha1.Host{host(webName, 1), host(dbName, 0)},
			kept(meaning(map[string][]resolve.Record{dbName: hostsAt(1), webName: hostsAt(1)}), webName, gone),
			[]string{"203.0.113.1:5432 db.example.com tier 0"}},
		{"what DNS has dropped leaves", []v1alpha1.Host{host(dbName, 0)}, kept(meaning(map[string][]resolve.Record{dbName: hostsAt(1)}), dbName, gone),
			[]string{"203.0.113.1:5432 db.example.com tier 0 leaving"}},
		{"SRV records bring ports and tiers, two on one address", []v1alpha1.Host{host(srvName, 1)},
			meaning(map[string][]resolve.Record{srvName: {srv(1, 6000, 0), srv(1, 6001, 10), srv(2, 6000, 65535)}}),
			[]string{"203.0.113.1:6000 _pg._tcp.example.com tier 1", "203.0.113.1:6001 _pg._tcp.example.com tier 11",
				"203.0.113.2:6000 _pg._tcp.example.com tier 65536"}},
		{"a port of a literal is no SRV record's, its other ports are", []v1alpha1.Host{host(srvName, 0), host("203.0.113.1", 3)},
			meaning(map[string][]resolve.Record{srvName: {srv(1, 5432, 0), srv(1, 5433, 0)}}),
			[]string{"203.0.113.1:5433 _pg._tcp.example.com tier 0", "203.0.113.1:5432 203.0.113.1 tier 3"}},
		{"a disabled name is asked for nothing, and has no claim",
			[]v1alpha1.Host{{Address: dbName, State: v1alpha1.HostDisabled}, host(webName, 0)},
			meaning(map[string][]resolve.Record{dbName: hostsAt(1), webName: hostsAt(1)}),
			[]string{"203.0.113.1:5432 web.example.com tier 0"}},
		{"a disabled literal keeps its address out, for that is what the user said of it",
			[]v1alpha1.Host{host(dbName, 0), {Address: "203.0.113.1", State: v1alpha1.HostDisabled}},
			meaning(map[string][]resolve.Record{dbName: hostsAt(1)}),
			[]string{"203.0.113.1:5432 203.0.113.1 tier 0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := hosts.Endpoints(object(withHosts(tt.hosts...)).Spec, nil, anybody, checks.References{}, tt.means)
			if diff := cmp.Diff(tt.want, inLine(l)); diff != "" {
				t.Errorf("endpoints (-want +got):\n%s", diff)
			}
			seen := map[engine.MemberID]bool{}
			for _, e := range l.Endpoints {
				if seen[e.ID] {
					t.Errorf("%v is laid out twice", e.ID)
				}
				seen[e.ID] = true
			}
		})
	}
}

func TestATierIsNeverTooLargeToCount(t *testing.T) {
	host := v1alpha1.Host{Address: srvName, Priority: 1<<31 - 2}
	means := meaning(map[string][]resolve.Record{srvName: {{Address: address(1), Port: 1, Priority: 65535}}})
	l := hosts.Endpoints(object(withHosts(host)).Spec, nil, anybody, checks.References{}, means)
	if got := l.Endpoints[0].Tier; got != 1<<31-1 {
		t.Errorf("tier %d", got)
	}
}

// crowd are names with so many addresses each.
func crowd(namesOf, addresses int) ([]v1alpha1.Host, hosts.Names) {
	var hosts []v1alpha1.Host
	records := map[string][]resolve.Record{}
	for n := range namesOf {
		name := fmt.Sprintf("db-%03d.example.com", n)
		hosts = append(hosts, v1alpha1.Host{Address: name})
		for i := range addresses {
			records[name] = append(records[name], resolve.Record{Address: netip.AddrFrom4([4]byte{198, 18, byte(n), byte(i)})})
		}
	}
	return hosts, meaning(records)
}

func TestAnObjectHasNoMoreThanAThousandHosts(t *testing.T) {
	listed, means := crowd(8, 200)
	listed = append(listed, hostsNumbered(1, 2)...)
	spec := object(withHosts(listed...)).Spec
	first := hosts.Endpoints(spec, nil, anybody, checks.References{}, means)
	if len(first.Endpoints) != 1000 || !first.Overflow {
		t.Fatalf("%d hosts, overflow %t", len(first.Endpoints), first.Overflow)
	}
	if diff := cmp.Diff(inLine(first), inLine(hosts.Endpoints(spec, nil, anybody, checks.References{}, means))); diff != "" {
		t.Errorf("laid out again (-first +second):\n%s", diff)
	}

	// A new name at the head of the spec takes nothing from those behind it.
	inUse := map[engine.MemberID]bool{}
	for _, e := range first.Endpoints {
		inUse[e.ID] = true
	}
	means.InUse = func(id engine.MemberID) bool { return inUse[id] }
	means.Answers[dbName] = resolve.Answer{Records: []resolve.TrackedRecord{{Record: hostsAt(77)[0]}}}
	spec.Hosts = append(named(dbName), spec.Hosts...)
	second := hosts.Endpoints(spec, nil, anybody, checks.References{}, means)
	if diff := cmp.Diff(inLine(first), inLine(second)); diff != "" {
		t.Errorf("with another name (-before +after):\n%s", diff)
	}

	fits, few := crowd(5, 200)
	if l := hosts.Endpoints(object(withHosts(fits...)).Spec, nil, anybody, checks.References{}, few); l.Overflow || len(l.Endpoints) != 1000 {
		t.Errorf("a thousand hosts: %d, overflow %t", len(l.Endpoints), l.Overflow)
	}
}
