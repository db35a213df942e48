package chart

import (
	"net/http"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/test/framework/audit"
)

// TestReleaseForNamespacesHasNoClusterRole runs the operator with Roles alone:
// it serves its namespace, and never asks for anything else.
func TestReleaseForNamespacesHasNoClusterRole(t *testing.T) {
	r := newRelease(t)
	if err := r.Client.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "web"}}); err != nil {
		t.Fatal(err)
	}
	r.Helm(t, "install", releaseName, chartFolder(t), "--set", "watchNamespaces={shop,web},metrics.secure=false,clusterRanges.enabled=false")
	r.awaitKind(t)
	var bindings rbacv1.ClusterRoleBindingList
	if err := r.Client.List(t.Context(), &bindings); err != nil {
		t.Fatal(err)
	}
	for _, binding := range bindings.Items {
		for _, subject := range binding.Subjects {
			if subject.Kind == rbacv1.ServiceAccountKind && subject.Namespace == systemNamespace {
				t.Errorf("%s binds %s for the whole cluster", binding.Name, subject.Name)
			}
		}
	}

	r.StartOperator(t, "namespaced")
	r.serve(t, "orders", r.Cluster.Hosts())
	asked, err := r.API.Audit().Events(audit.Query{Username: "system:serviceaccount:" + systemNamespace + ":" + releaseName})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range asked {
		if e.Object.Resource == "nodes" || e.Object.Resource == "servicecidrs" {
			continue // without the right to read the cluster's own ranges it goes by its flags
		}
		if !slices.Contains([]string{shop, "web", systemNamespace}, e.Object.Namespace) || e.Status.Code == http.StatusForbidden {
			t.Errorf("%s %s %s/%s: %d", e.Verb, e.Resource(), e.Object.Namespace, e.Object.Name, e.Status.Code)
		}
	}
	if len(asked) == 0 {
		t.Error("the audit log has nothing of the operator")
	}
}
