package netprobe_test

import (
	"testing"

	"github.com/external-endpoints/operator/probes/probestest"
)

func TestMain(m *testing.M) { probestest.Main(m) }
