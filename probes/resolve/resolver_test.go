package resolve_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes/resolve"
)

// found is a good answer with these IPv4 addresses and a TTL that minTTL outlasts,
// so that a name is asked every 5 s.
func found(numbers ...int) resolve.Found {
	f := resolve.Found{Result: resolve.Good}
	for _, n := range numbers {
		f.Addresses = append(f.Addresses, ip(n))
	}
	return f
}

func one(q resolve.Question) []resolve.Question { return []resolve.Question{q} }

func seconds(list ...int) []time.Duration {
	var durations []time.Duration
	for _, s := range list {
		durations = append(durations, time.Duration(s)*time.Second)
	}
	return durations
}

func TestANameIsAskedAtOnceAndThenByItsTTL(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.dns.set(db, resolve.A, found(1, 66))
		r.Apply("orders", one(asking()))
		if got := r.Answers("orders")[db]; !got.Pending {
			t.Errorf("before the first lookup: %+v", got)
		}
		pass(17 * time.Second)
		if diff := cmp.Diff(seconds(0, 5, 10, 15), r.dns.times(db, resolve.A, r.began)); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"198.18.0.1", "198.18.0.66x"}, shown(r.Answers("orders")[db])); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		if got := r.dns.times(db, resolve.AAAA, r.began); len(got) > 0 {
			t.Errorf("asked for IPv6 addresses that nobody wants: %s", got)
		}
	})
}

func TestOnlyWhatMattersIsTold(t *testing.T) {
	tests := []struct {
		name string
		says []resolve.Found // one for each lookup, every 5 s; the last one stays
		want []time.Duration
	}{
		{"the first answer", []resolve.Found{found(1)}, seconds(0)},
		{"the first failure", []resolve.Found{failed(resolve.Refused)}, seconds(0)},
		{"a record more", []resolve.Found{found(1), found(1), found(1, 2)}, seconds(0, 10)},
		{"a record less, and that it is gone", []resolve.Found{found(1, 2), found(1)}, seconds(0, 5, 20)},
		{"a failure, and its end", []resolve.Found{found(1), failed(resolve.Refused), found(1)}, seconds(0, 5, 10)},
		{"a failure of another kind", []resolve.Found{found(1), failed(resolve.Refused), failed(resolve.Timeout), failed(resolve.NXDomain), found(1)},
			seconds(0, 5, 15, 20)}, // at 10 s it fails in the same way
		{"too many", []resolve.Found{found(1, 2, 3, 4), found(1, 2, 3, 4, 5)}, seconds(0, 5)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.dns.set(db, resolve.A, tt.says[0])
				r.Apply("orders", one(asking()))
				for i := range tt.says {
					// The next answer is set when the one before has been given.
					for len(r.dns.times(db, resolve.A, r.began)) <= i {
						pass(time.Second)
					}
					r.dns.set(db, resolve.A, tt.says[min(i+1, len(tt.says)-1)])
				}
				pass(10 * time.Minute)
				if diff := cmp.Diff(tt.want, r.changes()); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Four of eight addresses in turn: when all are known, nothing is new.
func TestARotationIsQuiet(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		turns := []resolve.Found{found(1, 2, 3, 4), found(5, 6, 7, 8)}
		q := asking()
		q.MaxAddresses = 64
		r.dns.set(db, resolve.A, turns[0])
		r.Apply("orders", one(q))
		for turn := range 100 {
			pass(time.Second)
			r.dns.set(db, resolve.A, turns[(turn+1)%2])
			pass(4 * time.Second)
		}
		got := r.Answers("orders")[db]
		if len(got.Records) != 8 || !got.Rotating {
			t.Errorf("%d records of 8, rotating: %t", len(got.Records), got.Rotating)
		}
		if told := r.changes(); len(told) > 3 {
			t.Errorf("told after %s", told)
		}
		r.dns.set(db, resolve.A, turns[0])
		pass(time.Minute)
		if r.Answers("orders")[db].Rotating {
			t.Error("still said to be rotating after it has settled")
		}
		if diff := cmp.Diff([]string{
			"198.18.0.1", "198.18.0.2", "198.18.0.3", "198.18.0.4", "198.18.0.5!", "198.18.0.6!", "198.18.0.7!", "198.18.0.8!",
		}, shown(r.Answers("orders")[db])); diff != "" {
			t.Errorf("when it has settled (-want +got):\n%s", diff)
		}
	})
}

func TestNamesThatHangDelayNoOthers(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.dns.set(db, resolve.A, found(1))
		r.Apply("orders", one(asking()))
		pass(time.Second)
		var hanging []resolve.Question
		for i := range 500 {
			q := asking()
			q.Name = fmt.Sprintf("hanging%d.example.com", i)
			r.dns.hang(q.Name, resolve.A)
			hanging = append(hanging, q)
		}
		r.Apply("billing", hanging)
		pass(2 * time.Minute) // every name has been asked once
		// All of them at once, as after an edit.
		for i := range hanging {
			hanging[i].MaxAddresses++
		}
		r.Apply("billing", hanging)
		began := time.Now()
		pass(2 * time.Minute)
		asked := r.dns.times(db, resolve.A, began)
		for i := range asked[1:] {
			if gap := asked[i+1] - asked[i]; gap != 5*time.Second {
				t.Errorf("asked again after %s, want 5s", gap)
			}
		}
		if len(asked) != 24 {
			t.Errorf("asked %d times in two minutes, want 24", len(asked))
		}
		q := asking()
		q.Name = "new.example.com"
		r.dns.set(q.Name, resolve.A, found(2))
		r.Apply("new", one(q))
		pass(time.Second)
		if got := r.Answers("new")[q.Name]; got.Pending {
			t.Error("a new name is pending after a second")
		}
		for i := range 500 {
			name := fmt.Sprintf("hanging%d.example.com", i)
			if got := r.Answers("billing")[name]; !got.Stale {
				t.Fatalf("%s: %+v", name, got)
			}
			if most := r.dns.most(name, resolve.A); most != 1 {
				t.Fatalf("%s was asked %d times at once", name, most)
			}
		}
	})
}

func TestManyNewNamesThatHangDelayANewOneForSeconds(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		var questions []resolve.Question
		for i := range 100 {
			q := asking()
			q.Name = fmt.Sprintf("hanging%d.example.com", i)
			r.dns.hang(q.Name, resolve.A)
			questions = append(questions, q)
		}
		r.dns.set(db, resolve.A, found(1))
		r.Apply("orders", append(questions, asking()))
		pass(3 * time.Second)
		if got := r.Answers("orders")[db]; got.Pending {
			t.Error("pending behind 100 names that hang")
		}
	})
}

func TestAFamilyThatHangsKeepsTheOther(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		dual := asking()
		dual.Families = bothOf
		r.dns.set(db, resolve.A, found(1))
		r.dns.hang(db, resolve.AAAA)
		r.Apply("orders", one(dual))
		pass(11 * time.Second)
		got := r.Answers("orders")[db]
		if diff := cmp.Diff([]string{"198.18.0.1"}, shown(got)); diff != "" || !got.Stale {
			t.Errorf("records (-want +got):\n%s\nstale: %t", diff, got.Stale)
		}
	})
}

func TestWhatIsNotAskedAnyMoreIsForgotten(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.dns.set(db, resolve.A, found(1))
		r.Apply("orders", one(asking()))
		pass(time.Second)
		r.Forget("orders")
		if got := r.Answers("orders"); len(got) > 0 {
			t.Errorf("answers %v", got)
		}
		forgotten := time.Now()
		pass(time.Hour)
		if got := r.dns.times(db, resolve.A, forgotten); len(got) > 0 {
			t.Errorf("asked on: %s", got)
		}

		r.dns.setSlow(db, resolve.A, found(2), time.Second)
		r.Apply("orders", one(asking()))
		pass(time.Millisecond)
		r.Forget("orders")
		told := len(r.changes())
		pass(time.Hour)
		if got := r.changes(); len(got) != told {
			t.Errorf("told of a lookup that ended afterwards: %s", got)
		}
	})
}

func TestAnotherQuestionIsAskedAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.dns.set(db, resolve.A, resolve.Found{Result: resolve.Good, Addresses: found(1, 2).Addresses, TTL: time.Hour})
		r.dns.set(db, resolve.AAAA, resolve.Found{Result: resolve.Good, Addresses: list("2001:db8::1"), TTL: time.Hour})
		r.Apply("orders", one(asking()))
		pass(time.Second)
		r.Apply("orders", one(asking())) // the same
		pass(time.Second)
		if got := r.dns.times(db, resolve.A, r.began); len(got) != 1 {
			t.Errorf("the same question was asked again: %s", got)
		}

		dual := asking()
		dual.Families = bothOf
		r.Apply("orders", one(dual))
		pass(0)
		if diff := cmp.Diff([]string{"198.18.0.1", "198.18.0.2", "2001:db8::1"}, shown(r.Answers("orders")[db])); diff != "" {
			t.Errorf("with both families (-want +got):\n%s", diff)
		}

		r.dns.setSlow(db, resolve.A, found(3), time.Second)
		fewer := asking()
		fewer.MaxAddresses = 3
		r.Apply("orders", one(fewer))
		pass(500 * time.Millisecond)
		fewer.MaxAddresses = 2
		r.Apply("orders", one(fewer)) // while it is being asked
		pass(10 * time.Second)
		if diff := cmp.Diff([]string{"198.18.0.1~", "198.18.0.2~"}, shown(r.Answers("orders")[db])); diff != "" {
			t.Errorf("two at most (-want +got):\n%s", diff)
		}
		if most := r.dns.most(db, resolve.A); most != 1 {
			t.Errorf("%d lookups of the name at once", most)
		}
	})
}

// What comes back then answers the question before.
func TestAQuestionThatChangesWhileItIsAskedIsAskedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		lasting := found(1)
		lasting.TTL = time.Hour
		r.dns.setSlow(db, resolve.A, lasting, time.Second)
		r.dns.set(db, resolve.AAAA, v6(1))
		r.Apply("orders", one(asking()))
		pass(500 * time.Millisecond)
		dual := asking()
		dual.Families = bothOf
		r.Apply("orders", one(dual))
		pass(3 * time.Second)
		if diff := cmp.Diff([]string{"198.18.0.1", "2001:db8::1"}, shown(r.Answers("orders")[db])); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

func TestWhatTheCallerLetsGoIsDropped(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.dns.set(db, resolve.A, found(1, 2))
		r.Apply("orders", one(asking()))
		pass(time.Second)
		r.dns.set(db, resolve.A, found(1))
		pass(5 * time.Second)
		told := r.changes()
		r.Drop("orders", db, []resolve.Record{{Address: ip(1)}, {Address: ip(2)}})
		if diff := cmp.Diff([]string{"198.18.0.1"}, shown(r.Answers("orders")[db])); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		pass(time.Minute)
		if diff := cmp.Diff(told, r.changes()); diff != "" {
			t.Errorf("told of what the caller did itself (-want +got):\n%s", diff)
		}
	})
}

func TestANameIsRememberedAcrossARestart(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		q := asking()
		q.Remembered = []resolve.Record{{Address: ip(1)}}
		r.dns.set(db, resolve.A, failed(resolve.Servfail))
		r.Apply("orders", one(q))
		q.Remembered = nil
		r.Apply("orders", one(q))
		pass(time.Minute)
		if diff := cmp.Diff([]string{"198.18.0.1?"}, shown(r.Answers("orders")[db])); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

func TestAnAnswerBelongsToTheCaller(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.dns.set(db, resolve.A, found(1))
		r.Apply("orders", one(asking()))
		pass(time.Second)
		r.Answers("orders")[db].Records[0].Address = ip(9)
		if diff := cmp.Diff([]string{"198.18.0.1"}, shown(r.Answers("orders")[db])); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

func TestALookupThatIsCutOffByTheEndIsNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dns, registry := newScripted(), prometheus.NewRegistry()
		dns.hang(db, resolve.A)
		r := resolve.New(resolve.Options[string]{Lookuper: dns, Changed: func(string) {}, Registerer: registry})
		r.Apply("orders", one(asking()))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer time.AfterFunc(time.Second, cancel).Stop()
		if err := r.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if got := counts(t, registry)["timeout"]; got != 0 {
			t.Errorf("%g timeouts are counted", got)
		}
		if got := r.Answers("orders")[db]; !got.Pending {
			t.Errorf("taken for an answer: %+v", got)
		}
	})
}

// counts are the lookups by result.
func counts(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byResult := map[string]float64{}
	for _, metric := range gathered {
		if metric.GetName() == "external_endpoints_name_lookups_total" {
			for _, m := range metric.GetMetric() {
				byResult[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	return byResult
}

func TestLookupsAreCounted(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		dual := asking()
		dual.Families = bothOf
		r.dns.set(db, resolve.A, found(1))
		r.Apply("orders", one(dual))
		pass(6 * time.Second) // two rounds; no AAAA records are set
		want := map[string]float64{
			"success": 2, "nxdomain": 2, "nodata": 0, "servfail": 0, "refused": 0, "timeout": 0,
			"truncated": 0, "garbage": 0, "loop": 0, "denied": 0, "error": 0,
		}
		if diff := cmp.Diff(want, counts(t, r.registry)); diff != "" {
			t.Errorf("lookups (-want +got):\n%s", diff)
		}
	})
}
