package externalservice

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/resolve"
)

// setVerdicts makes the engine believe this of some hosts.
func (c *cluster) setVerdicts(v hosts.Verdicts) {
	for id, verdict := range v {
		c.engine.verdicts[engine.Key(orders)][id] = verdict
	}
}

// resolved is a cluster at rest with an object of these hosts, whose name db means
// the hosts 1 and 2, which are up.
func resolved(t *testing.T, listed ...v1alpha1.Host) *cluster {
	t.Helper()
	c := newCluster(t, object(withHosts(listed...)))
	c.mustReconcile()
	c.names.hear(dbName, at(0), says(1, 2))
	c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0)})
	c.wantQuiet()
	received(c.recorder)
	return c
}

func (c *cluster) wantServed(want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.serving()); diff != "" {
		c.t.Errorf("serving (-want +got):\n%s", diff)
	}
}

// statuses tells of each line of the status whose it is and how it is.
func (c *cluster) statuses() []string {
	c.t.Helper()
	var lines []string
	for _, e := range c.object().Status.Endpoints {
		line := []string{status.EndpointName(e), string(e.State)}
		if e.Reason != "" {
			line = append(line, e.Reason)
		}
		lines = append(lines, strings.Join(line, " "))
	}
	return lines
}

func (c *cluster) wantStatuses(want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.statuses()); diff != "" {
		c.t.Errorf("status (-want +got):\n%s", diff)
	}
}

func TestANameThatIsAwaitedDelaysNobody(t *testing.T) {
	c := newCluster(t, object(withHosts(append(named(dbName), hostsNumbered(9)...)...)))
	c.mustReconcile()
	c.judged(hosts.Verdicts{id(9): up(0)})
	c.wantServed("203.0.113.9")
	c.wantStatuses("203.0.113.9:5432 Healthy", "db.example.com:5432 Unknown")
	c.wantConditions(map[string]string{"Accepted": "True Accepted", "Programmed": "True Programmed",
		"Available": "True Available", "Ready": "True Ready", "Reconciling": "True Pending"})
	if got := c.object().Status.Hosts.Summary; got != "1/2" {
		t.Errorf("%s hosts", got)
	}

	c.names.hear(dbName, at(0), fails(resolve.NXDomain))
	c.mustReconcile()
	c.wantStatuses("203.0.113.9:5432 Healthy", "db.example.com:5432 Unknown NameNotFound")
	c.wantConditions(map[string]string{"Accepted": "True Accepted", "Programmed": "True Programmed",
		"Available": "True Available", "Ready": "True Ready", "Degraded": "True NameStale"})
	if got, want := status.FindCondition(c.object().Status.Conditions, "Degraded").Message, "db.example.com name not found since 2026-11-21T10:00:00Z"; got != want {
		t.Errorf("Degraded says %q, want %q", got, want)
	}

	c.names.hear(dbName, at(10), says(1))
	c.judged(hosts.Verdicts{id(1): up(20)})
	c.wantServed("203.0.113.1", "203.0.113.9")
	c.wantStatuses("203.0.113.9:5432 Healthy", "203.0.113.1:5432 (db.example.com) Healthy")
	c.wantQuiet()
}

func TestAnObjectOfOneNameThatFailsIsNotAvailable(t *testing.T) {
	c := newCluster(t, object(withHosts(named(dbName)...)))
	c.mustReconcile()
	if got := c.condition(v1alpha1.ConditionAvailable); got != "Unknown Pending" {
		t.Errorf("before the first answer Available is %s", got)
	}
	c.names.hear(dbName, at(0), fails(resolve.Timeout))
	c.mustReconcile()
	if got := c.condition(v1alpha1.ConditionAvailable); got != "False AllUnhealthy" {
		t.Errorf("after it Available is %s", got)
	}
	c.wantQuiet()
}

func TestWhatAFailingResolverCosts(t *testing.T) {
	c := resolved(t, named(dbName)...)
	for i, result := range []resolve.Result{resolve.Servfail, resolve.NXDomain, resolve.Timeout, resolve.Garbage} {
		c.names.hear(dbName, at(10+i), fails(result))
		for _, write := range c.mustReconcile() {
			if write != updateStatus {
				t.Errorf("%s after %s", write, result)
			}
		}
	}
	c.wantServed("203.0.113.1", "203.0.113.2")
	c.wantConditions(map[string]string{"Accepted": "True Accepted", "Programmed": "True Programmed",
		"Available": "True Available", "Ready": "True Ready", "Degraded": "True NameStale"})
	want := []string{"Warning NameStale db.example.com " + probes.NameTimeout.Phrase() + "; what it last meant stays in use"}
	if diff := cmp.Diff(want, received(c.recorder)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	c.names.hear(dbName, at(20), says(1, 2))
	c.wantWrites(c.mustReconcile(), updateStatus)
	if diff := cmp.Diff([]string{"Normal NameResolved resolved again: db.example.com"}, received(c.recorder)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// drop has DNS drop everything but these hosts for good.
func (c *cluster) dropAllBut(numbers ...int) {
	for n := range 5 {
		c.names.hear(dbName, at(100+60*n), says(numbers...))
		c.mustReconcile()
	}
}

func TestAnAddressThatDNSHasDroppedGoesWhenOthersCarryThePort(t *testing.T) {
	c := resolved(t, named(dbName)...)
	c.dropAllBut(1)
	c.wantServed("203.0.113.1")
	c.wantStatuses("203.0.113.1:5432 (db.example.com) Healthy")
	if _, watched := c.engine.verdicts[engine.Key(orders)][id(2)]; watched {
		t.Error("it is still probed")
	}
	c.wantQuiet()
}

func TestDNSEmptiesNoService(t *testing.T) {
	c := resolved(t, named(dbName)...)
	c.dropAllBut(3)
	c.wantServed("203.0.113.1", "203.0.113.2") // 3 has proved nothing
	c.setVerdicts(hosts.Verdicts{id(3): down(400)})
	c.mustReconcile()
	c.wantServed("203.0.113.1", "203.0.113.2")
	c.setVerdicts(hosts.Verdicts{id(3): up(900)})
	c.mustReconcile()
	c.wantServed("203.0.113.3")
	c.wantStatuses("203.0.113.3:5432 (db.example.com) Healthy")
	c.wantQuiet()
}

// The standby tier that lets the dropped hosts go must not go on standing by.
func TestWhenDNSDropsATierTheNextOneCarriesThePort(t *testing.T) {
	standby := hostsNumbered(9)[0]
	standby.Priority = 1
	c := resolved(t, append(named(dbName), standby)...)
	c.setVerdicts(hosts.Verdicts{id(9): up(0)})
	c.mustReconcile()
	c.wantServed("203.0.113.1", "203.0.113.2")
	c.dropAllBut(3)
	c.setVerdicts(hosts.Verdicts{id(3): down(400)})
	c.mustReconcile()
	c.wantServed("203.0.113.9")
}

func TestAnAbsentAddressThatFailsGoesByTheGate(t *testing.T) {
	c := resolved(t, named(dbName)...)
	c.names.hear(dbName, at(100), says(1))
	c.setVerdicts(hosts.Verdicts{id(2): down(100), id(1): up(90)})
	c.mustReconcile()
	c.wantServed("203.0.113.1", "203.0.113.2") // nobody has answered since
	c.setVerdicts(hosts.Verdicts{id(1): up(110)})
	c.mustReconcile()
	c.wantServed("203.0.113.1")
	c.wantStatuses("203.0.113.1:5432 (db.example.com) Healthy")
}

func TestADeniedAddressOfANameAppearsNowhere(t *testing.T) {
	inside := address(66)
	c := resolved(t, append(named(dbName), hostsNumbered(9)...)...)
	c.judged(hosts.Verdicts{id(9): up(0)})
	c.names.policy = except(inside)
	c.r.policy = except(inside)
	c.names.hear(dbName, at(10), says(1, 2, 66))
	c.mustReconcile()
	c.wantServed("203.0.113.1", "203.0.113.2", "203.0.113.9")
	c.wantStatuses("203.0.113.9:5432 Healthy", "203.0.113.1:5432 (db.example.com) Healthy", "203.0.113.2:5432 (db.example.com) Healthy",
		"db.example.com:5432 Denied AddressDenied")
	if got := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionDegraded).Message; got != "db.example.com:5432 denied by the address policy" {
		t.Errorf("Degraded says %q", got)
	}
	for id := range c.engine.verdicts[engine.Key(orders)] {
		if id.Address == inside {
			t.Error("it is probed")
		}
	}
	shown := strings.Join(append(received(c.recorder), scrape(t, c.registry)...), "\n")
	for _, e := range c.object().Status.Endpoints {
		shown += e.Address + " "
	}
	for _, condition := range c.object().Status.Conditions {
		shown += condition.Message
	}
	if strings.Contains(shown, inside.String()) {
		t.Errorf("it is told: %s", shown)
	}
	// It was published before, say: policy takes it out at once, and no gate.
	c.names.policy, c.r.policy = except(inside, address(1)), except(inside, address(1))
	c.mustReconcile()
	c.wantServed("203.0.113.2", "203.0.113.9")
	if got := c.object().Status.Hosts; got.Total != 3 || got.Healthy != 2 {
		t.Errorf("%+v", got)
	}
}

func TestSRVRecordsAreHostsWithPortsOfTheirOwn(t *testing.T) {
	c := newCluster(t, object(withHosts(named(srvName)...)))
	c.mustReconcile()
	c.wantStatuses("_pg._tcp.example.com Unknown")
	c.names.hear(srvName, at(0), resolve.Reply{Family: resolve.IPv4, Result: resolve.Good, Records: []resolve.Record{
		{Address: address(1), Port: 6000}, {Address: address(1), Port: 6001}, {Address: address(2), Port: 6000, Priority: 10},
	}})
	c.judged(hosts.Verdicts{on(1, 6000): up(0), on(1, 6001): up(0), on(2, 6000): up(0)})
	c.wantStatuses("203.0.113.1:6000 (_pg._tcp.example.com) Healthy", "203.0.113.1:6001 (_pg._tcp.example.com) Healthy",
		"203.0.113.2:6000 (_pg._tcp.example.com) Healthy")
	c.wantServed("203.0.113.1", "203.0.113.1")
	if got := c.object().Status.Hosts; got.Total != 3 || got.Healthy != 3 || got.Published != 2 {
		t.Errorf("%+v", got)
	}
	c.setVerdicts(hosts.Verdicts{on(1, 6000): up(70), on(1, 6001): down(50)})
	c.mustReconcile()
	c.wantServed("203.0.113.1")
	c.wantQuiet()

	c.restart()
	c.wantQuiet()
	c.names.hear(srvName, at(100), resolve.Reply{Family: resolve.IPv4, Result: resolve.Good, Records: []resolve.Record{
		{Address: address(1), Port: 6000}, {Address: address(1), Port: 6001}, {Address: address(2), Port: 6000, Priority: 10},
	}})
	c.wantQuiet()
	want := map[engine.MemberID]health.State{on(1, 6000): health.Healthy, on(1, 6001): health.Unhealthy, on(2, 6000): health.Healthy}
	if diff := cmp.Diff(want, status.StatesOf(c.engine.verdicts[engine.Key(orders)]), compareIDs); diff != "" {
		t.Errorf("taken over (-want +got):\n%s", diff)
	}
}

func TestARestartWithNamesWritesNothing(t *testing.T) {
	for _, answer := range []resolve.Reply{says(1, 2), says(2, 1), fails(resolve.Timeout), fails(resolve.NXDomain)} {
		t.Run(string(answer.Result), func(t *testing.T) {
			c := resolved(t, append(named(dbName), hostsNumbered(9)...)...)
			c.judged(hosts.Verdicts{id(9): up(0)})
			c.names.hear(dbName, at(10), answer)
			c.mustReconcile()
			received(c.recorder)
			for n := range 3 {
				c.restart()
				c.wantQuiet()
				c.names.hear(dbName, at(100+n), answer)
				c.wantQuiet()
				if got := received(c.recorder); len(got) > 0 {
					t.Errorf("told %q", got)
				}
			}
			c.wantServed("203.0.113.1", "203.0.113.2", "203.0.113.9")
		})
	}
}

// After a crash between the slices and the status, and in a status that is too
// long, addresses stand in the slices alone.
func TestAnAddressThatOnlyTheSlicesTellOfStaysUntilEveryNameHasAnswered(t *testing.T) {
	c := resolved(t, named(dbName, webName)...)
	o := c.object()
	o.Status.Endpoints = nil
	if err := c.server.Status().Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	c.restart()
	c.mustReconcile()
	c.setVerdicts(hosts.Verdicts{id(1): up(0), id(2): up(0)})
	for n := range 6 {
		c.names.hear(dbName, at(100+60*n), says(1)) // 2 is the other's, it says
		c.mustReconcile()
	}
	c.wantServed("203.0.113.1", "203.0.113.2")
	c.names.hear(webName, at(1000), says(2))
	c.names.hear(dbName, at(1000), says(1))
	c.mustReconcile()
	c.wantServed("203.0.113.1", "203.0.113.2")
	c.wantStatuses("203.0.113.1:5432 (db.example.com) Healthy", "203.0.113.2:5432 (web.example.com) Healthy")
}

func TestNamesAreObservedToo(t *testing.T) {
	c := newCluster(t, object(watching, withHosts(named(dbName)...)))
	c.mustReconcile()
	c.names.hear(dbName, at(0), says(1, 2))
	c.wantWrites(c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0)}), updateStatus)
	c.wantStatuses("203.0.113.1:5432 (db.example.com) Healthy", "203.0.113.2:5432 (db.example.com) Healthy")
	c.dropAllBut(1)
	c.wantStatuses("203.0.113.1:5432 (db.example.com) Healthy")
	c.wantQuiet()
}

func TestATruncatedNameIsTold(t *testing.T) {
	c := newCluster(t, object(withHosts(named(dbName)...), func(o *v1alpha1.ExternalService) { o.Spec.Resolution.MaxAddresses = 2 }))
	c.mustReconcile()
	c.names.hear(dbName, at(0), says(1, 2, 3))
	c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0)})
	if got, want := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionDegraded).Message,
		"db.example.com gives more than 2 addresses; those in use are kept, and others are left out"; got != want {
		t.Errorf("Degraded says %q", got)
	}
	c.restart()
	c.wantQuiet()
}

func TestAnObjectThatIsWithdrawnOrGoneAsksForNothing(t *testing.T) {
	c := resolved(t, named(dbName)...)
	if err := c.server.Delete(t.Context(), c.object()); err != nil {
		t.Fatal(err)
	}
	c.mustReconcile()
	if left := c.names.states[engine.Key(orders)]; len(left) > 0 {
		t.Errorf("still asked: %v", left)
	}
}

func TestWhatIsAskedOfTheResolver(t *testing.T) {
	o := object(withHosts(append(named(dbName), v1alpha1.Host{Address: webName, State: v1alpha1.HostDisabled})...))
	o.Spec.Resolution = v1alpha1.Resolution{MaxAddresses: 7, MinTTL: "2s", MaxTTL: "1m"}
	got := hosts.QuestionsFor(factsOf(o), nil, nil)
	want := []resolve.Question{{Name: dbName, Families: []resolve.Family{resolve.IPv4}, MaxAddresses: 7,
		MinTTL: at(2).Sub(at(0)), MaxTTL: at(60).Sub(at(0))}}
	if diff := cmp.Diff(want, got, compareAddresses); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
}
