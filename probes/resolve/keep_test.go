package resolve_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/resolve"
)

// notGood are all ways in which a lookup tells nothing.
var notGood = []resolve.Result{
	resolve.NXDomain, resolve.NoData, resolve.Servfail, resolve.Refused, resolve.Timeout,
	resolve.Truncated, resolve.Garbage, resolve.Loop, resolve.Broken,
}

func TestWhatIsNotGoodKeepsTheLastGoodAnswer(t *testing.T) {
	for _, result := range notGood {
		t.Run(string(result), func(t *testing.T) {
			n := newName(asking())
			n.each(says(1, 2))
			failed := n.now
			got := n.each(fails(result), fails(result), fails(result), fails(result), fails(result))
			reason := probes.NameTimeout
			if result == resolve.NXDomain || result == resolve.NoData {
				reason = probes.NameNotFound
			}
			want := resolve.Answer{
				Records: []resolve.TrackedRecord{
					{Record: resolve.Record{Address: ip(1)}, StaleSince: failed}, {Record: resolve.Record{Address: ip(2)}, StaleSince: failed},
				},
				Stale: true, Reason: reason, StaleSince: failed, Failing: []resolve.Family{resolve.IPv4},
			}
			if diff := cmp.Diff(want, got, compareFound); diff != "" {
				t.Errorf("after five failures (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"198.18.0.1", "198.18.0.2"}, shown(n.each(says(1, 2)))); diff != "" {
				t.Errorf("after a good answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatBecomesOfRecords(t *testing.T) {
	dual := asking()
	dual.Families = bothOf
	type rounds = [][]resolve.Reply
	v4 := func(replies ...resolve.Reply) (list rounds) {
		for _, r := range replies {
			list = append(list, []resolve.Reply{r})
		}
		return list
	}
	tests := []struct {
		name     string
		question resolve.Question
		rounds   rounds
		want     []string
	}{
		{"a record that is dropped is absent", asking(), v4(says(1, 2), says(1)), []string{"198.18.0.1", "198.18.0.2~"}},
		{"after two answers that repeat it, still", asking(), v4(says(1, 2), says(1), says(1), says(1)), []string{"198.18.0.1", "198.18.0.2~"}},
		{"after three it is gone", asking(), v4(says(1, 2), says(1), says(1), says(1), says(1)), []string{"198.18.0.1", "198.18.0.2!"}},
		{"when it is listed again it is back", asking(), v4(says(1, 2), says(1), says(1), says(1), says(1), says(1, 2)), []string{"198.18.0.1", "198.18.0.2"}},
		{"a new record begins the count again", asking(), v4(says(1, 2), says(1), says(1), says(1), says(1, 3), says(1, 3)),
			[]string{"198.18.0.1", "198.18.0.2~", "198.18.0.3"}},
		{"a failure begins the count again", asking(), v4(says(1, 2), says(1), says(1), says(1), fails(resolve.Servfail), says(1), says(1)),
			[]string{"198.18.0.1", "198.18.0.2~"}},
		{"the order of an answer is no change", asking(), v4(says(1, 2, 3), says(1, 2), says(2, 1), says(1, 2), says(2, 1)),
			[]string{"198.18.0.1", "198.18.0.2", "198.18.0.3!"}},
		{"answers that change in turn drop nothing", asking(), v4(says(1, 2), says(3, 4), says(1, 2), says(3, 4), says(1, 2), says(3, 4), says(1, 2)),
			[]string{"198.18.0.1", "198.18.0.2", "198.18.0.3~", "198.18.0.4~"}},
		{"a failing family keeps its records and leaves the other alone", dual,
			rounds{{says(1), says6(1)}, {says(2), fails6(resolve.Timeout)}}, []string{"198.18.0.1~", "198.18.0.2", "2001:db8::1?"}},
		{"a family that the name does not have is no failure", dual,
			rounds{{says(1), fails6(resolve.NoData)}, {says(1), fails6(resolve.NoData)}}, []string{"198.18.0.1"}},
		{"a partial answer adds and drops nothing", asking(), v4(says(1, 2), func() resolve.Reply { r := says(3); r.Partial = true; return r }()),
			[]string{"198.18.0.1", "198.18.0.2", "198.18.0.3"}},
		{"a partial answer begins the count again", asking(), v4(says(1, 2), says(1), says(1), says(1), func() resolve.Reply { r := says(1); r.Partial = true; return r }(), says(1), says(1)),
			[]string{"198.18.0.1", "198.18.0.2~"}},
		{"a good answer without records is an empty one", asking(), v4(says(1), says()), []string{"198.18.0.1?"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, shown(newName(tt.question).hear(tt.rounds...))); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

// A cache on the way gives the same answer until its TTL ends. To take those for
// refreshes would make a rotating name settle, and its addresses gone.
func TestAnAnswerFromACacheIsNoRefresh(t *testing.T) {
	n := newName(asking())
	cached := func(ttl time.Duration, numbers ...int) resolve.Reply {
		r := says(numbers...)
		r.TTL = ttl
		return r
	}
	n.each(says(1, 2))
	got := n.each(cached(time.Hour, 1), cached(59*time.Minute, 1), cached(58*time.Minute, 1), cached(57*time.Minute, 1), cached(56*time.Minute, 1))
	if diff := cmp.Diff([]string{"198.18.0.1", "198.18.0.2~"}, shown(got)); diff != "" {
		t.Errorf("one answer five times from a cache (-want +got):\n%s", diff)
	}
	got = n.each(cached(time.Hour, 1), cached(time.Hour, 1), cached(time.Hour, 1))
	if diff := cmp.Diff([]string{"198.18.0.1", "198.18.0.2!"}, shown(got)); diff != "" {
		t.Errorf("then three of a full TTL (-want +got):\n%s", diff)
	}
}

func TestANameThatWasNeverResolvedIsStale(t *testing.T) {
	n := newName(asking())
	if got := n.state.Answer(nil); !got.Pending || got.Stale {
		t.Errorf("before the first lookup: %+v", got)
	}
	want := resolve.Answer{Stale: true, Reason: probes.NameNotFound, StaleSince: tenOClock, Failing: []resolve.Family{resolve.IPv4}}
	if diff := cmp.Diff(want, n.each(fails(resolve.NXDomain), fails(resolve.NXDomain)), compareFound); diff != "" {
		t.Errorf("after two failures (-want +got):\n%s", diff)
	}
}

// Or the reason of a name would be that it does not exist, because it has no IPv4
// addresses, when the trouble is that its IPv6 addresses cannot be asked for.
func TestAFamilyThatTheNameDoesNotHaveIsNoReason(t *testing.T) {
	dual := asking()
	dual.Families = bothOf
	n := newName(dual)
	n.hear([]resolve.Reply{fails(resolve.NoData), says6(1)})
	began := n.now
	got := n.hear([]resolve.Reply{fails(resolve.NoData), fails6(resolve.Timeout)}, []resolve.Reply{fails(resolve.NoData), fails6(resolve.Timeout)})
	if got.Reason != probes.NameTimeout || !got.StaleSince.Equal(began) {
		t.Errorf("stale since %s: %s", got.StaleSince, got.Reason)
	}
}

func TestWhatIsRememberedStandsForAnAnswer(t *testing.T) {
	q := asking()
	q.Remembered = []resolve.Record{{Address: ip(2)}, {Address: ip(1)}, {Address: ip6(1)}, {Address: ip(1)}}
	n := newName(q)
	n.state = resolve.Remember(q)
	if diff := cmp.Diff([]string{"198.18.0.1", "198.18.0.2"}, shown(n.state.Answer(nil))); diff != "" {
		t.Errorf("remembered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"198.18.0.1?", "198.18.0.2?"}, shown(n.each(fails(resolve.Timeout)))); diff != "" {
		t.Errorf("after a failure (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"198.18.0.1", "198.18.0.2~"}, shown(n.each(says(1)))); diff != "" {
		t.Errorf("after a good answer (-want +got):\n%s", diff)
	}
}

func TestWhenARecordMayGo(t *testing.T) {
	const keepFor = time.Hour
	later := tenOClock.Add(10 * time.Minute)
	tests := []struct {
		name    string
		kept    resolve.TrackedRecord
		failing time.Time
		want    time.Time
		may     bool
	}{
		{"listed, probes pass", resolve.TrackedRecord{}, time.Time{}, time.Time{}, false},
		{"listed, probes fail", resolve.TrackedRecord{}, later, time.Time{}, false},
		{"absent, probes pass", resolve.TrackedRecord{Absent: true}, time.Time{}, time.Time{}, false},
		{"absent, probes fail", resolve.TrackedRecord{Absent: true}, later, time.Time{}, true},
		{"gone, probes pass", resolve.TrackedRecord{Absent: true, Gone: true}, time.Time{}, time.Time{}, true},
		{"stale, probes pass", resolve.TrackedRecord{StaleSince: tenOClock}, time.Time{}, time.Time{}, false},
		{"stale, probes failed later", resolve.TrackedRecord{StaleSince: tenOClock}, later, later.Add(keepFor), true},
		{"stale after the probes failed", resolve.TrackedRecord{StaleSince: later}, tenOClock, later.Add(keepFor), true},
		{"absent, then stale, probes pass", resolve.TrackedRecord{Absent: true, StaleSince: tenOClock}, time.Time{}, time.Time{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at, may := tt.kept.ExpiresAt(tt.failing, keepFor)
			if !at.Equal(tt.want) || may != tt.may {
				t.Errorf("may go: %t, at %s; want %t, %s", may, at, tt.may, tt.want)
			}
		})
	}
}

func TestOnlyWhatIsAbsentOrStaleIsDropped(t *testing.T) {
	drop := []resolve.Record{{Address: ip(1)}, {Address: ip(2)}}
	n := newName(asking())
	n.each(says(1, 2, 3), says(1, 3))
	if diff := cmp.Diff([]string{"198.18.0.1", "198.18.0.3"}, shown(n.state.DropRecords(drop).Answer(nil))); diff != "" {
		t.Errorf("one of two absent (-want +got):\n%s", diff)
	}
	n.each(fails(resolve.Timeout))
	if diff := cmp.Diff([]string{"198.18.0.3?"}, shown(n.state.DropRecords(drop).Answer(nil))); diff != "" {
		t.Errorf("stale (-want +got):\n%s", diff)
	}
	if got := shown(n.state.Answer(nil)); len(got) != 3 {
		t.Errorf("the state before has lost records: %s", got)
	}
}

func TestAnotherQuestionDropsWhatItDoesNotAskFor(t *testing.T) {
	dual := asking()
	dual.Families = bothOf
	n := newName(dual)
	n.hear([]resolve.Reply{says(1, 2, 3), says6(1)}, []resolve.Reply{says(2, 3), says6(1)})

	fewer := asking()
	fewer.MaxAddresses = 1
	adopted := n.state.Adopt(fewer)
	if diff := cmp.Diff([]string{"198.18.0.2"}, shown(adopted.Answer(nil))); diff != "" {
		t.Errorf("one IPv4 address at most (-want +got):\n%s", diff)
	}
	if !adopted.Due().IsZero() {
		t.Errorf("due at %s, not at once", adopted.Due())
	}
}

func TestAPriorityMayChange(t *testing.T) {
	at := func(priority uint16) resolve.Reply {
		r := says()
		r.Records = []resolve.Record{{Address: ip(1), Port: 5432, Priority: priority}}
		return r
	}
	got := newName(asking()).each(at(10), at(20))
	want := []resolve.TrackedRecord{{Record: resolve.Record{Address: ip(1), Port: 5432, Priority: 20}}}
	if diff := cmp.Diff(want, got.Records, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}
