package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

func TestWhoIsPublishedInAnOutage(t *testing.T) {
	const keep, all, none = v1alpha1.ActionKeepLast, v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone
	answered, silent := health.Network{LastSuccess: at(50)}, health.Network{LastSuccess: at(-50)}
	lost := health.Network{Isolated: true}
	fourth := hosts.Verdicts{id(1): down(0), id(2): down(10), id(3): down(20), id(4): up(30)}
	dead := hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): down(0)}
	tests := []struct {
		name       string
		hosts      int
		policy     v1alpha1.FailurePolicy
		network    health.Network
		verdicts   hosts.Verdicts
		before     []int
		outage     bool
		want       []int
		wantOutage bool
	}{
		{name: "KeepLast keeps the third of four that dies where two must be healthy, not those that went before", hosts: 4, policy: policy("2", keep),
			verdicts: fourth, before: []int{3, 4}, want: []int{3, 4}, wantOutage: true},
		{name: "PublishAll puts all four in", hosts: 4, policy: policy("2", all),
			verdicts: fourth, before: []int{3, 4}, want: []int{1, 2, 3, 4}, wantOutage: true},
		{name: "PublishNone takes the third out on the word of the fourth", hosts: 4, policy: policy("2", none), network: silent,
			verdicts: fourth, before: []int{3, 4}, want: []int{4}, wantOutage: true},
		{name: "PublishNone empties the port when other objects' hosts answer", hosts: 3, policy: policy("1", none), network: answered,
			verdicts: dead, before: []int{1, 2, 3}, wantOutage: true},
		{name: "PublishNone waits for their answer", hosts: 3, policy: policy("1", none), network: silent,
			verdicts: dead, before: []int{1, 2, 3}, want: []int{1, 2, 3}, wantOutage: true},
		{name: "PublishNone empties nothing while the prober is isolated", hosts: 3, policy: policy("1", none), network: lost,
			verdicts: dead, before: []int{1, 2, 3}, want: []int{1, 2, 3}, wantOutage: true},
		{name: "a new object whose hosts are all down has nobody to keep", hosts: 3, policy: policy("1", keep), verdicts: dead},
		{name: "PublishAll has all of them put in", hosts: 3, policy: policy("1", all), verdicts: dead, want: []int{1, 2, 3}, wantOutage: true},
		{name: "PublishAll does not while a first verdict may still be good", hosts: 3, policy: policy("1", all),
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0)}},
		{name: "nor while a verdict is to come that cannot be enough", hosts: 3, policy: policy("2", all),
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0)}},
		{name: "PublishAll does when a host with traffic dies, and leaves out who has no verdict", hosts: 3, policy: policy("1", all),
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0)}, before: []int{1}, want: []int{1, 2}, wantOutage: true},
		{name: "PublishAll stays in force when a host is added", hosts: 3, policy: policy("1", all), outage: true,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0)}, before: []int{1, 2}, want: []int{1, 2}, wantOutage: true},
		{name: "PublishAll goes on at the edge", hosts: 3, policy: policy("1", all), outage: true,
			verdicts: hosts.Verdicts{id(1): recent(9), id(2): down(0), id(3): down(0)}, before: []int{1, 2, 3}, want: []int{1, 2, 3}, wantOutage: true},
		{name: "one more healthy host ends it, and the others go by evidence", hosts: 3, policy: policy("1", all), outage: true,
			verdicts: hosts.Verdicts{id(1): recent(9), id(2): recent(9), id(3): down(0)}, before: []int{1, 2, 3}, want: []int{1, 2}},
		{name: "at its end those without evidence against them stay", hosts: 3, policy: policy("1", all), outage: true,
			verdicts: hosts.Verdicts{id(1): recent(9), id(2): recent(9), id(3): leftDown()}, before: []int{1, 2, 3}, want: []int{1, 2, 3}},
		{name: "the policy is silent where the hosts are enough", hosts: 3, policy: policy("2", all),
			verdicts: hosts.Verdicts{id(1): up(9), id(2): up(9), id(3): down(0)}, before: []int{1, 2, 3}, want: []int{1, 2}},
		{name: "more healthy hosts than there are cannot be asked for: PublishAll is always in force", hosts: 2, policy: policy("5", all),
			verdicts: hosts.Verdicts{id(1): up(9), id(2): up(9)}, before: []int{1, 2}, want: []int{1, 2}, wantOutage: true},
		{name: "and KeepLast takes nobody out", hosts: 2, policy: policy("5", keep),
			verdicts: hosts.Verdicts{id(1): up(9), id(2): down(0)}, before: []int{1, 2}, want: []int{1, 2}, wantOutage: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var numbers []int
			for n := range tt.hosts {
				numbers = append(numbers, n+1)
			}
			m := remembering(tt.before...)
			m.Outage["pg"] = tt.outage
			d := failover.Rules{Policy: tt.policy, Network: tt.network}.Decide(endpointsOf(object(withHosts(hostsNumbered(numbers...)...))), tt.verdicts, m.Previous)
			if diff := cmp.Diff(tt.want, publishedOn(d)); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
			if d.Outage["pg"] != tt.wantOutage {
				t.Errorf("outage is %t, want %t", d.Outage["pg"], tt.wantOutage)
			}
		})
	}
}

func TestTheEndOfPublishAllKeepsWhoHadTrafficBefore(t *testing.T) {
	endpoints := endpointsOf(object())
	m := remembering(1)
	v := hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): down(0)}
	step := func(action v1alpha1.FailureAction, want ...int) {
		t.Helper()
		d := failover.Rules{Policy: policy("1", action)}.Decide(endpoints, v, m.Previous)
		if diff := cmp.Diff(want, publishedOn(d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", action, diff)
		}
		m.Remember(d)
	}
	step(v1alpha1.ActionPublishAll, 1, 2, 3)
	v[id(3)] = recent(9) // it has earned its place, and keeps it when it fails again
	step(v1alpha1.ActionPublishAll, 1, 2, 3)
	v[id(3)] = down(20)
	step(v1alpha1.ActionPublishAll, 1, 2, 3)
	step(v1alpha1.ActionKeepLast, 1, 3)
}

func TestHostsOfARenamedPortGoOnBeingKept(t *testing.T) {
	sql := func(n int) engine.MemberID { return engine.MemberID{Address: address(n), Port: "sql"} }
	m := remembering(1, 2)
	v := hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): down(0)}
	m.Remember(decide(endpointsOf(object()), v, m))

	renamed := pgPort
	renamed.Name = "sql"
	endpoints := endpointsOf(object(withPorts(renamed)))
	d := decide(endpoints, hosts.Verdicts{sql(1): down(0), sql(2): down(0), sql(3): down(0)}, m)
	want := map[engine.MemberID]bool{sql(1): true, sql(2): true, sql(3): false}
	if diff := cmp.Diff(want, d.Published, compareIDs); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"sql": true}, d.Outage); diff != "" {
		t.Errorf("outage (-want +got):\n%s", diff)
	}

	elsewhere := renamed
	elsewhere.Port = 6000
	d = decide(endpointsOf(object(withPorts(elsewhere))), hosts.Verdicts{sql(1): down(0), sql(2): down(0), sql(3): down(0)}, m)
	if got := d.Published[sql(1)]; got {
		t.Error("a host that is checked elsewhere is another one, yet it is kept")
	}
}

func TestIsolationIsToldOfObjectsWithFailingHosts(t *testing.T) {
	tests := []struct {
		name     string
		network  health.Network
		verdicts hosts.Verdicts
		want     bool
	}{
		{"hosts fail, though not yet for long", health.Network{Isolated: true}, hosts.Verdicts{id(1): failing(), id(2): up(0), id(3): up(0)}, true},
		{"hosts are down", health.Network{Isolated: true}, hosts.Verdicts{id(1): down(0), id(2): up(0), id(3): up(0)}, true},
		{"no host fails", health.Network{Isolated: true}, hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)}, false},
		{"the prober has its network", health.Network{}, hosts.Verdicts{id(1): down(0), id(2): up(0), id(3): up(0)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := failover.Rules{Network: tt.network}.Decide(endpointsOf(object()), tt.verdicts, remembering(1, 2, 3).Previous)
			if d.Isolated != tt.want {
				t.Errorf("isolated is %t, want %t", d.Isolated, tt.want)
			}
		})
	}
}
