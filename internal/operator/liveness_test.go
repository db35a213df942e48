package operator

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// prober answers what a test wants of its liveness.
type prober struct{ err error }

func (p *prober) Alive() error { return p.err }

// checks is a manager that only takes liveness checks.
type checks struct {
	manager.Manager
	handler healthz.Handler
}

func (c *checks) AddHealthzCheck(name string, check healthz.Checker) error {
	c.handler.Checks[name] = check
	return nil
}

func TestLivenessIsThatOfTheProber(t *testing.T) {
	c := &checks{handler: healthz.Handler{Checks: map[string]healthz.Checker{}}}
	p := &prober{}
	if err := addLivenessCheck(c, p); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		err  error
		want int
	}{{nil, 200}, {errors.New("nothing is probed"), 500}, {nil, 200}} {
		p.err = tt.err
		answer := httptest.NewRecorder()
		c.handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
		if answer.Code != tt.want {
			t.Errorf("/healthz is %d while the prober says %v, want %d", answer.Code, tt.err, tt.want)
		}
	}
}
