package operator

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
)

// TestPolicyCheckLogsTheState: a policy that is installed with the operator is enforced a
// moment later, so that the first answer is not the last.
func TestPolicyCheckLogsTheState(t *testing.T) {
	failed := errors.New("endpointslices is forbidden: User cannot create")
	for name, c := range map[string]struct {
		states []PolicyState // of each attempt, the last of all later ones
		want   string
		takes  time.Duration
	}{
		"in force":             {[]PolicyState{PolicyInForce}, "is in force", 0},
		"in force soon":        {[]PolicyState{PolicyNotInForce, PolicyUnknown, PolicyInForce}, "is in force", 2 * time.Second},
		"not in force":         {[]PolicyState{PolicyNotInForce}, "no ValidatingAdmissionPolicy restricts", 2 * time.Second},
		"without the right to": {[]PolicyState{PolicyUnknown}, failed.Error(), 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				attempts := 0
				check := policyCheck{
					check: func(context.Context) (PolicyState, error) {
						state := c.states[min(attempts, len(c.states)-1)]
						attempts++
						if state == PolicyUnknown {
							return state, failed
						}
						return state, nil
					},
					retry: time.Second, logger: logr.FromSlogHandler(slog.NewTextHandler(&out, nil)),
				}
				began := time.Now()
				check.run(t.Context())
				if took := time.Since(began); took != c.takes {
					t.Errorf("took %s, want %s", took, c.takes)
				}
				if lines := strings.Count(out.String(), "\n"); lines != 1 || !strings.Contains(out.String(), c.want) {
					t.Errorf("no single line with %q: %s", c.want, out.String())
				}
			})
		})
	}
}

func TestPolicyCheckEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		policyCheck{
			check: func(context.Context) (PolicyState, error) { return PolicyNotInForce, nil },
			retry: time.Hour, logger: logr.FromSlogHandler(slog.NewTextHandler(&out, nil)),
		}.run(ctx)
		if out.Len() > 0 {
			t.Errorf("it logs what it could not find out: %s", out.String())
		}
	})
}

// TestPolicyCheckKnowsTheMessage: the check tells this policy from others by its message.
func TestPolicyCheckKnowsTheMessage(t *testing.T) {
	policy, err := os.ReadFile("../../config/policy/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(policy), "message: "+accountPolicyMessage) {
		t.Errorf("config/policy/policy.yaml has no message %q", accountPolicyMessage)
	}
}

func TestPolicyCheckNamespaceIsOneWithRights(t *testing.T) {
	if got := policyCheckNamespace(Options{WatchNamespaces: []string{"shop", "web"}}); got != "shop" {
		t.Errorf("with --watch-namespaces=shop,web it is %s", got)
	}
	if got := policyCheckNamespace(Options{LeaderElectionNamespace: "ops"}); got != "default" {
		t.Errorf("for all namespaces it is %s", got)
	}
}
