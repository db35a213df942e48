package resolve_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/resolve"
)

// hangingNames are questions about names that are never answered.
func hangingNames(dns *scripted, prefix string, count int) []resolve.Question {
	var questions []resolve.Question
	for n := range count {
		q := asking()
		q.Name = fmt.Sprintf("%s%d.example.com", prefix, n)
		dns.hang(q.Name, resolve.A)
		questions = append(questions, q)
	}
	return questions
}

func TestResolverAsksANewNameAtOnceWhileAThousandOfAnotherObjectHang(t *testing.T) {
	for _, key := range []string{"shop/orders", "billing/orders"} {
		t.Run("a name of "+key, func(t *testing.T) {
			rigOfNamespaces(t, func(t *testing.T, r *rig) {
				r.dns.set(db, resolve.A, found(1))
				r.Apply("shop/hog", hangingNames(r.dns, "hanging", 1000))
				for range 30 { // new, waiting, and failing for some time
					began := time.Now()
					r.Apply(key, one(asking()))
					pass(100 * time.Millisecond)
					if asked := r.dns.times(db, resolve.A, began); len(asked) == 0 || asked[0] > 10*time.Millisecond {
						t.Fatalf("%s after the beginning it was asked after %s, want at once", began.Sub(r.began), asked)
					}
					r.Forget(key)
					pass(1700 * time.Millisecond)
				}
			})
		})
	}
}

// rigOfNamespaces has keys like "namespace/name".
func rigOfNamespaces(t *testing.T, test func(*testing.T, *rig)) {
	t.Helper()
	inBubbleOf(t, func(key string) string {
		namespace, _, _ := strings.Cut(key, "/")
		return namespace
	}, test)
}

func TestResolverSharesLookupsBetweenNamespacesFirst(t *testing.T) {
	rigOfNamespaces(t, func(t *testing.T, r *rig) {
		for n := range 50 {
			r.Apply(fmt.Sprintf("hog/object%d", n), hangingNames(r.dns, fmt.Sprintf("hanging%d-", n), 100))
		}
		pass(5 * time.Second)
		r.dns.set(db, resolve.A, found(1))
		began := time.Now()
		r.Apply("shop/orders", one(asking()))
		pass(100 * time.Millisecond)
		if asked := r.dns.times(db, resolve.A, began); len(asked) == 0 || asked[0] > 10*time.Millisecond {
			t.Errorf("asked after %s, want at once", asked)
		}
	})
}

func TestResolverBoundsLookupsInFlight(t *testing.T) {
	rigOfNamespaces(t, func(t *testing.T, r *rig) {
		var targets []resolve.Service
		for n := range 100 {
			target := fmt.Sprintf("t%d.example.com.", n)
			r.dns.hang(target, resolve.A)
			targets = append(targets, resolve.Service{Target: target, Port: 5432})
		}
		for namespace := range 40 {
			questions := hangingNames(r.dns, fmt.Sprintf("hanging%d-", namespace), 50)
			for n := range 20 {
				q := asking()
				q.Name = fmt.Sprintf("_pg._tcp.db%d-%d.example.com", namespace, n)
				r.dns.set(q.Name, resolve.SRV, services(targets...))
				questions = append(questions, q)
			}
			r.Apply(fmt.Sprintf("namespace%d/hog", namespace), questions)
		}
		pass(2 * time.Minute)
		// Of both poolKinds together; an SRV name may go beyond that of its lane by 7.
		if most := r.dns.mostOfAll(); most > 64+192+2*7 || most < 100 {
			t.Errorf("%d lookups were in flight at once, want 270 at most", most)
		}
	})
}

// Names that have to make room for others are asked for as long as any other in the end.
func TestResolverGivesEveryHangingNameItsTime(t *testing.T) {
	rigOfNamespaces(t, func(t *testing.T, r *rig) {
		hanging := hangingNames(r.dns, "hanging", 300)
		slow := asking()
		slow.Name = "slow.example.com"
		r.dns.setSlow(slow.Name, resolve.A, found(1), 4*time.Second)
		r.Apply("shop/hog", append(hanging, slow))
		pass(2 * time.Minute)
		if got := r.Answers("shop/hog")[slow.Name]; got.Pending || len(got.Records) != 1 {
			t.Errorf("the name that takes 4s: %+v", got)
		}
		for _, q := range hanging {
			if got := r.Answers("shop/hog")[q.Name]; !got.Stale || got.Pending {
				t.Fatalf("%s: %+v", q.Name, got)
			}
		}
	})
}
