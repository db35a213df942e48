package externalservice

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// inLine tells of each endpoint who it is and whose.
func inLine(l layout) []string {
	var lines []string
	for _, e := range l.endpoints {
		text := fmt.Sprintf("%s %s tier %d", e.aim, e.host, e.tier)
		if e.leaving {
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
	gone := func(k *resolve.Kept) { k.Absent, k.Gone = true, true }
	tests := []struct {
		name  string
		hosts []v1alpha1.Host
		means names
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
			l := layOut(object(withHosts(tt.hosts...)).Spec, nil, anybody, referents{}, tt.means)
			if diff := cmp.Diff(tt.want, inLine(l)); diff != "" {
				t.Errorf("endpoints (-want +got):\n%s", diff)
			}
			seen := map[engine.MemberID]bool{}
			for _, e := range l.endpoints {
				if seen[e.id] {
					t.Errorf("%v is laid out twice", e.id)
				}
				seen[e.id] = true
			}
		})
	}
}

func TestATierIsNeverTooLargeToCount(t *testing.T) {
	host := v1alpha1.Host{Address: srvName, Priority: 1<<31 - 2}
	means := meaning(map[string][]resolve.Record{srvName: {{Address: address(1), Port: 1, Priority: 65535}}})
	l := layOut(object(withHosts(host)).Spec, nil, anybody, referents{}, means)
	if got := l.endpoints[0].tier; got != 1<<31-1 {
		t.Errorf("tier %d", got)
	}
}

// crowd are names with so many addresses each.
func crowd(namesOf, addresses int) ([]v1alpha1.Host, names) {
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
	hosts, means := crowd(8, 200)
	hosts = append(hosts, hostsNumbered(1, 2)...)
	spec := object(withHosts(hosts...)).Spec
	first := layOut(spec, nil, anybody, referents{}, means)
	if len(first.endpoints) != 1000 || !first.overflow {
		t.Fatalf("%d hosts, overflow %t", len(first.endpoints), first.overflow)
	}
	if diff := cmp.Diff(inLine(first), inLine(layOut(spec, nil, anybody, referents{}, means))); diff != "" {
		t.Errorf("laid out again (-first +second):\n%s", diff)
	}

	// A new name at the head of the spec takes nothing from those behind it.
	inUse := map[engine.MemberID]bool{}
	for _, e := range first.endpoints {
		inUse[e.id] = true
	}
	means.inUse = func(id engine.MemberID) bool { return inUse[id] }
	means.answers[dbName] = resolve.Answer{Records: []resolve.Kept{{Record: hostsAt(77)[0]}}}
	spec.Hosts = append(named(dbName), spec.Hosts...)
	second := layOut(spec, nil, anybody, referents{}, means)
	if diff := cmp.Diff(inLine(first), inLine(second)); diff != "" {
		t.Errorf("with another name (-before +after):\n%s", diff)
	}

	fits, few := crowd(5, 200)
	if l := layOut(object(withHosts(fits...)).Spec, nil, anybody, referents{}, few); l.overflow || len(l.endpoints) != 1000 {
		t.Errorf("a thousand hosts: %d, overflow %t", len(l.endpoints), l.overflow)
	}
}
