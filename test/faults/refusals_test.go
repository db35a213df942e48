package faults

import (
	"net/http"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// refusal is what may come of every second write.
type refusal struct {
	name  string
	fault func(proxy.Match) proxy.Fault
}

var refusals = []refusal{
	{"409", func(m proxy.Match) proxy.Fault {
		return proxy.Answer(m, http.StatusConflict, metav1.StatusReasonConflict, 0)
	}},
	{"429 with Retry-After", func(m proxy.Match) proxy.Fault {
		return proxy.Answer(m, http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, 1)
	}},
	{"500", func(m proxy.Match) proxy.Fault {
		return proxy.Answer(m, http.StatusInternalServerError, metav1.StatusReasonInternalError, 0)
	}},
	{"504 after the commit", func(m proxy.Match) proxy.Fault {
		return proxy.AnswerAfterCommit(m, http.StatusGatewayTimeout, metav1.StatusReasonTimeout)
	}},
	{"TLS cut in the middle of the reply", proxy.CutReply},
}

// TestEverySecondWriteFails has every second write fail, from the change on to
// the end. Retries are bounded, and the same writes are committed as without.
func TestEverySecondWriteFails(t *testing.T) {
	t.Parallel()
	for i, s := range scenarios() {
		if i > 2 && !waits.Full() {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			_, wanted := s.run(t, nil, undisturbed, install.Options{})
			undisturbedCount := counted(wanted.attempts)
			for _, r := range refusals {
				t.Run(r.name, func(t *testing.T) {
					t.Parallel()
					_, got := s.run(t, &wanted, func(_ *testing.T, w *World) func() {
						w.Proxy.Use(r.fault(proxy.Every(2, proxy.Writes)))
						return func() {}
					}, install.Options{})
					t.Logf("in %d ms with %d writes; undisturbed in %d ms with %d", got.took.Milliseconds(), len(got.attempts),
						wanted.took.Milliseconds(), len(wanted.attempts))
					for _, over := range most(counted(got.attempts), undisturbedCount, 3, 3) {
						t.Error("too many retries: " + over)
					}
				})
			}
		})
	}
}
