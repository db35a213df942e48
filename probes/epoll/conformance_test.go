package epoll_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/netprobe"
	"github.com/external-endpoints/operator/probes/probestest"
)

// throughLoop is a prober that has the loop do its work.
type throughLoop struct {
	runner engine.Runner
	check  *probes.Check
	prober probes.Prober
}

// Probe implements [probes.Prober]. The loop knows the deadline from the check.
func (p throughLoop) Probe(_ context.Context, target netip.AddrPort) probes.Outcome {
	return run(context.Background(), p.runner, p.check, p.prober, target)
}

func TestConformance(t *testing.T) {
	runner, dialer := newLoop(t), probestest.NewDialer()
	probestest.Conformance(t, func(check probes.Check) (probes.Prober, error) {
		prober, err := compile.Prober(check, dialer)
		if err != nil {
			return nil, err
		}
		if _, plain := netprobe.ExchangeOf(prober); !plain {
			return nil, errors.ErrUnsupported
		}
		return throughLoop{runner, &check, prober}, nil
	})
}
