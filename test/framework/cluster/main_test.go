package cluster_test

import (
	"os"
	"testing"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/programs"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m, programs.CoreDNS)) }
