package resolve_test

import (
	"fmt"
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
			inBubble(t, func(t *testing.T, r *rig) {
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
