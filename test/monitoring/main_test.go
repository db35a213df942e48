// Package watch watches the real operator with a real Prometheus: scrapes pass the
// operator's authentication, the dashboard's queries return data, and of the alerts
// those fire that should, and no other.
package monitoring

import (
	"os"
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard()) // or the client complains that it has none
	os.Exit(cluster.Main(m))
}
