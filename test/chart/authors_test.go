package chart

import (
	"context"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/cluster"
)

const saysAuthor = "spec.service.management: must not be Managed, the default, for %s, who may not create Services in namespace " + shop +
	": set it to Existing and bring a Service without a selector, or have a role bound that may create services"

// author is a user who has the chart's role to edit ExternalServices.
type author struct {
	name string
	client.Client
}

// TestAuthorPolicy: an ExternalService with a Managed Service takes the right to create that
// Service, or its author would get a load balancer that RBAC denies them.
func TestAuthorPolicy(t *testing.T) {
	r := newReleaseOn(t, cluster.StartAPIServer(t))
	r.Helm(t, "install", releaseName, chartFolder(t))
	r.awaitKind(t)
	other := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "other"}}
	gitops := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "other", Name: "gitops"}}
	fence{admin: r.Client}.stored(t, other, gitops)

	may := r.author(t, "may", shop)
	mayNot := r.author(t, "may-not")
	elsewhere := r.author(t, "elsewhere", "other")
	controller := r.author(t, "system:serviceaccount:other:gitops", shop)
	config, err := r.API.ConfigFor(t.Context(), "other", "gitops")
	if err != nil {
		t.Fatal(err)
	}
	controller.Client = newClient(t, config)
	eventually(t, "the policy, which the API server learns of a moment later", func(ctx context.Context) error {
		return mayNot.refused(mayNot.Create(ctx, external("made"), client.DryRunAll))
	})

	balancer := func(e *v1alpha1.ExternalService) {
		e.Spec.Service.Type = corev1.ServiceTypeLoadBalancer
		e.Spec.Service.Annotations = map[string]string{"kube-vip.io/loadbalancerIPs": "10.0.0.1"}
	}
	managed, existing, observed := external("managed"), external("existing"), external("observed")
	existing.Spec.Service.Management = v1alpha1.ServiceExisting
	observed.Spec.Mode = v1alpha1.ModeObserve
	for _, by := range []author{may, controller} {
		t.Run(by.name+" writes", func(t *testing.T) {
			for name, err := range map[string]error{
				"a Managed Service": by.Create(t.Context(), external("made"), client.DryRunAll),
				"a load balancer":   by.Create(t.Context(), changedBy(external("made"), balancer), client.DryRunAll),
			} {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	fence{admin: may}.stored(t, managed, existing, observed)
	if err := updateOf(fence{operator: may}, t, managed, balancer); err != nil {
		t.Errorf("a change by who may: %v", err)
	}

	manage := func(e *v1alpha1.ExternalService) { e.Spec.Service.Management = v1alpha1.ServiceManaged }
	for _, by := range []author{mayNot, elsewhere} {
		f := fence{operator: by}
		t.Run(by.name+" is refused", func(t *testing.T) {
			for name, err := range map[string]error{
				"a Managed Service":   by.Create(t.Context(), external("made"), client.DryRunAll),
				"a load balancer":     by.Create(t.Context(), changedBy(external("made"), balancer), client.DryRunAll),
				"a change":            updateOf(f, t, managed, balancer),
				"another host":        updateOf(f, t, managed, func(e *v1alpha1.ExternalService) { e.Spec.Hosts[0].Address = "192.0.2.2" }),
				"what becomes ours":   updateOf(f, t, existing, manage),
				"what gets published": updateOf(f, t, observed, func(e *v1alpha1.ExternalService) { e.Spec.Mode = v1alpha1.ModePublish }),
				"a patch of a field": by.Patch(t.Context(), managed.DeepCopy(),
					client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"service":{"type":"NodePort"}}}`)), client.DryRunAll),
			} {
				if err := by.refused(err); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
		t.Run(by.name+" writes what makes no Service", func(t *testing.T) {
			for name, err := range map[string]error{
				"an Existing Service":      by.Create(t.Context(), changedBy(existing, renamed), client.DryRunAll),
				"an observed one":          by.Create(t.Context(), changedBy(observed, renamed), client.DryRunAll),
				"another host of Existing": updateOf(f, t, existing, func(e *v1alpha1.ExternalService) { e.Spec.Hosts[0].Address = "192.0.2.2" }),
				"no longer Managed":        updateOf(f, t, managed, func(e *v1alpha1.ExternalService) { e.Spec.Service.Management = v1alpha1.ServiceExisting }),
				"no longer published":      updateOf(f, t, managed, func(e *v1alpha1.ExternalService) { e.Spec.Mode = v1alpha1.ModeObserve }),
				"a finalizer":              updateOf(f, t, managed, func(e *v1alpha1.ExternalService) { e.Finalizers = []string{"backup.example/hold"} }),
				"a label":                  updateOf(f, t, managed, func(e *v1alpha1.ExternalService) { e.Labels = map[string]string{"team": "web"} }),
				"an owner": updateOf(f, t, managed, func(e *v1alpha1.ExternalService) {
					e.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "1"}}
				}),
				"deleting": by.Delete(t.Context(), managed.DeepCopy(), client.DryRunAll),
			} {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	t.Run("the largest object", func(t *testing.T) { may.largest(t) })

	config, err = r.API.ConfigFor(t.Context(), systemNamespace, releaseName)
	if err != nil {
		t.Fatal(err)
	}
	operator := newClient(t, config)
	managed.Status.ObservedGeneration = managed.Generation
	if err := operator.Status().Update(t.Context(), managed); err != nil {
		t.Errorf("the operator's own status: %v", err)
	}

	r.Helm(t, "upgrade", releaseName, chartFolder(t), "--set", "authorPolicy.enabled=false")
	eventually(t, "the switch", func(ctx context.Context) error {
		return mayNot.Create(ctx, external("made"), client.DryRunAll)
	})
}

// largest: comparing the specs has a budget, which the largest objects must not exceed.
func (a author) largest(t *testing.T) {
	large := external("large")
	large.Spec.Hosts = nil
	for i := range 1000 {
		large.Spec.Hosts = append(large.Spec.Hosts, v1alpha1.Host{
			Address: fmt.Sprintf("host-%d.%s.example.com", i, strings.Repeat("a", 60)), Zone: strings.Repeat("z", 63), Hostname: strings.Repeat("h", 63),
		})
	}
	if err := a.Create(t.Context(), large); err != nil {
		t.Fatal(err)
	}
	if err := updateOf(fence{operator: a}, t, large, func(e *v1alpha1.ExternalService) { e.Labels = map[string]string{"team": "web"} }); err != nil {
		t.Errorf("the same spec: %v", err)
	}
	if err := updateOf(fence{operator: a}, t, large, func(e *v1alpha1.ExternalService) { e.Spec.Hosts[999].Zone = "" }); err != nil {
		t.Errorf("another spec: %v", err)
	}
}

// author returns a user who may edit ExternalServices in shop, and create Services in some namespaces.
func (r *Release) author(t *testing.T, name string, servicesIn ...string) author {
	t.Helper()
	subject := rbacv1.Subject{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: name}
	object := strings.ReplaceAll(name, ":", "-")
	bind := func(namespace, role string) {
		fence{admin: r.Client}.stored(t, &rbacv1.RoleBinding{
			ObjectMeta: named(namespace, object+"-"+role), Subjects: []rbacv1.Subject{subject},
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		})
	}
	bind(shop, releaseName+"-edit")
	if len(servicesIn) > 0 {
		services := &rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: object + "-services"},
			Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"services"}, Verbs: []string{"create"}}},
		}
		fence{admin: r.Client}.stored(t, services)
		for _, namespace := range servicesIn {
			bind(namespace, services.Name)
		}
	}
	config := rest.CopyConfig(r.API.Admin())
	config.Impersonate = rest.ImpersonationConfig{UserName: name}
	return author{name: name, Client: newClient(t, config)}
}

// refused returns nil for a refusal by the policy that names the field and the user.
func (a author) refused(err error) error {
	return refused(err, fmt.Sprintf(saysAuthor, a.name))
}

// external is the smallest ExternalService.
func external(name string) *v1alpha1.ExternalService {
	return &v1alpha1.ExternalService{
		ObjectMeta: named(shop, name),
		Spec: v1alpha1.ExternalServiceSpec{
			Ports: []v1alpha1.Port{{Name: "http", Port: 80}}, Hosts: []v1alpha1.Host{{Address: "192.0.2.1"}},
		},
	}
}

// changedBy returns a copy with a change.
func changedBy(e *v1alpha1.ExternalService, change func(*v1alpha1.ExternalService)) *v1alpha1.ExternalService {
	e = e.DeepCopy()
	change(e)
	return e
}

// renamed makes a copy of a stored object one that can be created.
func renamed(e *v1alpha1.ExternalService) {
	e.ObjectMeta = named(e.Namespace, e.Name+"-2")
}
