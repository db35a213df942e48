package chart

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/internal/operator"
	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/install"
)

// TestAccountPolicyIsCheckedAtStart: a policy that names another account is in force for
// none, so that the operator tries it with its own account. What kustomize does to the name
// of the account must not switch the policy off.
func TestAccountPolicyIsCheckedAtStart(t *testing.T) {
	r := newReleaseOn(t, cluster.StartAPIServer(t))
	state := func(t *testing.T, namespace, account, in string, want operator.PolicyState) {
		t.Helper()
		config, err := r.API.ConfigFor(t.Context(), namespace, account)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the policy", func(ctx context.Context) error {
			if got, err := operator.CheckAccountPolicy(ctx, config, in); got != want {
				return fmt.Errorf("it is %s (%w), want %s", got, err, want)
			}
			return nil
		})
	}
	r.Helm(t, "install", releaseName, chartFolder(t), "--set", "serviceAccount.name=prober,admissionPolicy.enabled=false,crds.enabled=false")
	state(t, systemNamespace, "prober", "default", operator.PolicyNotInForce)
	r.Helm(t, "upgrade", releaseName, chartFolder(t), "--set", "serviceAccount.name=prober,crds.enabled=false")
	state(t, systemNamespace, "prober", "default", operator.PolicyInForce)
	r.Helm(t, "upgrade", releaseName, chartFolder(t),
		"--set", "serviceAccount.name=prober,crds.enabled=false,watchNamespaces={"+shop+"},metrics.secure=false")
	state(t, systemNamespace, "prober", shop, operator.PolicyInForce)
	state(t, systemNamespace, "prober", "default", operator.PolicyUnknown) // it has no rights there
	r.Helm(t, "uninstall", releaseName)

	for _, c := range []struct{ namespace, account, overlay string }{
		{"ops", "external-endpoints", "namespace: ops\n"},
		{"web", "team-external-endpoints", "namespace: web\nnamePrefix: team-\n"},
	} {
		t.Run(c.namespace+" "+c.account, func(t *testing.T) {
			folder := t.TempDir()
			root, err := install.Root()
			if err != nil {
				t.Fatal(err)
			}
			base, err := filepath.Rel(folder, filepath.Join(root, "config", "default"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(c.overlay+"resources: ["+base+"]\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := r.API.Kubectl("apply", "--server-side", "-k", folder); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			state(t, c.namespace, c.account, "default", operator.PolicyInForce)
		})
	}

	// Who is not the operator is not concerned.
	other := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: "external-endpoints-gitops"}}
	fence{admin: r.Client}.stored(t, other)
	if out, err := r.API.Kubectl("create", "clusterrolebinding", "gitops", "--clusterrole=cluster-admin",
		"--serviceaccount="+shop+":"+other.Name); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	state(t, shop, other.Name, "default", operator.PolicyNotInForce)
}
