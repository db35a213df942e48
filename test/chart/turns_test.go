package chart

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

// TestUpgradeTogglesValues upgrades a release from one set of values to the next.
// Helm 4 applies on the server, which keeps what it once filled in by itself: a change
// that is fine in a new release may be refused in an old one.
func TestUpgradeTogglesValues(t *testing.T) {
	r := newReleaseOn(t, cluster.StartAPIServer(t))
	r.Helm(t, "install", releaseName, chartFolder(t))
	for _, turn := range []struct {
		name     string
		values   []string
		strategy appsv1.DeploymentStrategyType
	}{
		{"one copy without an election", []string{"replicas=1", "leaderElection.enabled=false"}, appsv1.RecreateDeploymentStrategyType},
		{"two copies", nil, appsv1.RollingUpdateDeploymentStrategyType},
		{"variables of the user's", []string{"env[0].name=GOMEMLIMIT", "env[0].value=200MiB", "env[1].name=POD_UID", "env[1].value=x"}, appsv1.RollingUpdateDeploymentStrategyType},
		{"some namespaces", []string{"watchNamespaces[0]=" + shop, "metrics.secure=false"}, appsv1.RollingUpdateDeploymentStrategyType},
		{"the node's network", []string{"hostNetwork=true", "metrics.port=9443", "health.port=9081"}, appsv1.RollingUpdateDeploymentStrategyType},
		{"nothing beside", []string{
			"metrics.enabled=false", "podDisruptionBudget.enabled=false", "admissionPolicy.enabled=false", "resources.limits=null",
			"rbac.viewRole=false", "rbac.editRole=false",
		}, appsv1.RollingUpdateDeploymentStrategyType},
		{"everything again", nil, appsv1.RollingUpdateDeploymentStrategyType},
	} {
		t.Run(turn.name, func(t *testing.T) {
			args := []string{"upgrade", releaseName, chartFolder(t), "--reset-values"}
			for _, value := range turn.values {
				args = append(args, "--set", value)
			}
			r.Helm(t, args...)
			var deployment appsv1.Deployment
			if err := r.Client.Get(t.Context(), client.ObjectKey{Namespace: systemNamespace, Name: releaseName}, &deployment); err != nil {
				t.Fatal(err)
			}
			if got := deployment.Spec.Strategy.Type; got != turn.strategy {
				t.Errorf("the strategy is %s, want %s", got, turn.strategy)
			}
		})
	}
	r.Helm(t, "uninstall", releaseName)
}
