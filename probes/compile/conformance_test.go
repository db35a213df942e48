package compile_test

import (
	"testing"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/probestest"
)

func TestConformance(t *testing.T) {
	dialer := probestest.NewDialer()
	probestest.Conformance(t, func(check probes.Check) (probes.Prober, error) {
		return compile.Prober(check, dialer)
	})
}
