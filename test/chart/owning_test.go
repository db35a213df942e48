package chart

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

// TestOwnerReferencesNeedFinalizersPermission has the API server ask, as some clusters do, who
// may hold up the deletion of an owner. It is the one right that no audit log shows.
func TestOwnerReferencesNeedFinalizersPermission(t *testing.T) {
	r := newReleaseOn(t, cluster.StartAPIServer(t, "OwnerReferencesPermissionEnforcement"))
	r.Helm(t, "install", releaseName, chartFolder(t), "--set", "admissionPolicy.enabled=false")
	config, err := r.API.ConfigFor(t.Context(), systemNamespace, releaseName)
	if err != nil {
		t.Fatal(err)
	}
	f := fence{admin: r.Client, operator: newClient(t, config)}
	create := func(ctx context.Context) error {
		var errs []error
		for _, object := range []client.Object{service("owned"), slice("owned", "192.0.2.1"), endpoints("owned", "192.0.2.1")} {
			object.GetOwnerReferences()[0].BlockOwnerDeletion = new(true)
			errs = append(errs, f.operator.Create(ctx, object, client.DryRunAll))
		}
		return errors.Join(errs...)
	}
	eventually(t, "what is owned to be accepted", create)

	// A Service that lost its owner was left behind with kubectl delete --cascade=orphan.
	// To own it again takes a right that would be used for nothing else; docs/user/operations.md.
	orphaned := service("orphaned")
	orphaned.OwnerReferences = nil
	f.stored(t, orphaned)
	err = updateOf(f, t, orphaned, func(s *corev1.Service) { s.OwnerReferences = service("orphaned").OwnerReferences })
	if err == nil || !strings.Contains(err.Error(), "you can't delete") {
		t.Errorf("owning a Service again: %v", err)
	}

	role := &rbacv1.ClusterRole{}
	if err := r.Client.Get(t.Context(), client.ObjectKey{Name: releaseName}, role); err != nil {
		t.Fatal(err)
	}
	role.Rules = slices.DeleteFunc(role.Rules, func(rule rbacv1.PolicyRule) bool {
		return slices.Contains(rule.Resources, "externalservices/finalizers")
	})
	if err := r.Client.Update(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what is owned to be refused", func(ctx context.Context) error {
		if err := create(ctx); err == nil || strings.Count(err.Error(), "blockOwnerDeletion") != 3 {
			return errors.Join(errors.New("not all three are refused"), err)
		}
		return nil
	})
}
