// Package chart tests the Helm chart for real: Helm installs, upgrades and
// uninstalls it on a real control plane, and the operator runs under the chart's
// service account with the chart's arguments. There is no kubelet, so that the
// operator is a process in place of its Pods; everything else is the release's.
package chart

import (
	"os"
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/programs"
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard()) // or the client complains that it has none
	os.Exit(cluster.Main(m, programs.Helm))
}

const (
	releaseName = "external-endpoints"
	// systemNamespace is where the operator is installed, shop where its users are.
	systemNamespace = "external-endpoints-system"
	shop            = "shop"
)
