package chart

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

// TestPodsPassRestrictedPodSecurity has the API server judge the Pods of the chart
// in a namespace that enforces it: the operator's and the one of helm test. It is asked
// what it thinks of the admission policy too.
func TestPodsPassRestrictedPodSecurity(t *testing.T) {
	r := newRelease(t)
	r.Helm(t, "install", releaseName, chartFolder(t))
	r.typeChecks(t)
	template := r.Template(t)
	if err := r.dryRun(t, template.ObjectMeta, template.Spec); err != nil {
		t.Errorf("the operator's Pod: %v", err)
	}

	var hook corev1.Pod
	if err := yaml.UnmarshalStrict([]byte(r.Helm(t, "get", "hooks", releaseName)), &hook); err != nil {
		t.Fatal(err)
	}
	if err := r.dryRun(t, hook.ObjectMeta, hook.Spec); err != nil {
		t.Errorf("the Pod of helm test: %v", err)
	}

	// The standard is in force: what README says does not pass, does not.
	r.Helm(t, "upgrade", releaseName, chartFolder(t), "--set", "hostNetwork=true")
	template = r.Template(t)
	if err := r.dryRun(t, template.ObjectMeta, template.Spec); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "hostNetwork") {
		t.Errorf("with the node's network: %v", err)
	}
}

// typeChecks fails when the API server has something to say about an expression of the
// admission policies.
func (r *Release) typeChecks(t *testing.T) {
	t.Helper()
	eventually(t, "type checking", func(ctx context.Context) error {
		var policies admissionv1.ValidatingAdmissionPolicyList
		if err := r.Client.List(ctx, &policies); err != nil {
			return err
		}
		for _, policy := range policies.Items {
			if policy.Status.TypeChecking == nil {
				return fmt.Errorf("not done yet")
			}
			for _, warning := range policy.Status.TypeChecking.ExpressionWarnings {
				t.Errorf("%s: %s: %s", policy.Name, warning.FieldRef, warning.Warning)
			}
		}
		return nil
	})
}

// dryRun has the API server judge a Pod of a template.
func (r *Release) dryRun(t *testing.T, meta metav1.ObjectMeta, spec corev1.PodSpec) error {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: systemNamespace, Name: "judged", Labels: meta.Labels},
		Spec:       spec,
	}
	return r.Client.Create(t.Context(), pod, client.DryRunAll)
}

// TestInstallRejectsMistypedValue asks for it as users do.
func TestInstallRejectsMistypedValue(t *testing.T) {
	r := newReleaseOn(t, cluster.StartAPIServer(t))
	command := exec.CommandContext(t.Context(), r.helm, "install", releaseName, chartFolder(t), "--namespace="+systemNamespace, "--set", "metrics.secur=false")
	command.Env = append(command.Environ(), "KUBECONFIG="+r.API.Kubeconfig(), "HELM_CACHE_HOME="+r.home)
	out, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "/metrics") || !strings.Contains(string(out), "secur") {
		t.Errorf("%v: %s", err, out)
	}
	var accounts corev1.ServiceAccountList
	if err := r.Client.List(t.Context(), &accounts, client.InNamespace(systemNamespace)); err != nil {
		t.Fatal(err)
	}
	for _, account := range accounts.Items {
		if account.Name == releaseName {
			t.Error("the service account was installed")
		}
	}
}
