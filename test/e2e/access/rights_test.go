package access

import (
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/audit"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// unseen are granted rights whose use the audit log does not show, and why they are
// granted all the same. Every other right is used in TestRBACGrantsUsedVerbsOnly.
var unseen = map[string]string{
	"update externalservices/finalizers.external-endpoints.io": "asked for by an admission plugin, see TestOwnerReferencesNeedFinalizersPermission in test/chart",
	"get endpointslices.discovery.k8s.io": "for a slice that somebody labelled away a moment ago, while the cache is older than an own write; " +
		"see the tests of controllers/internal/consistency",
	"patch events.events.k8s.io": "for an event that repeats itself while the object stays as it is: a host falls as another rises, " +
		"and a long status lists neither",
}

// TestRBACGrantsUsedVerbsOnly does everything that takes a right, with references
// on and the cluster's ranges read, and compares what the API server was asked with
// what config/with-references grants: the same, but for what is unseen, and nothing
// is refused. What is used is what this test did; what is refused, or used and not
// granted, is looked for in the audit log of all tests so far.
func TestRBACGrantsUsedVerbsOnly(t *testing.T) {
	w := idleWorld(t)
	w.installWithReferences(t)
	began := time.Now()
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: install.Namespace, Name: v1alpha1.ManagedBy}}
	if err := w.Client.Delete(t.Context(), lease); client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	}
	w.doEverything(t, "streaming")
	// API servers before 1.34 do not answer a watch with a list.
	w.doEverything(t, "listing", "KUBE_FEATURE_WatchListClient=false")

	asked, err := w.Cluster.Audit().Events(audit.Query{Username: framework.OperatorUser})
	if err != nil {
		t.Fatal(err)
	}
	used, here := map[string]int{}, map[string]int{}
	for _, e := range asked {
		used[right(e.Verb, e.Resource(), e.Object.APIGroup)]++
		if e.Received.After(began) {
			here[right(e.Verb, e.Resource(), e.Object.APIGroup)]++
		}
		if e.Status.Code == http.StatusForbidden {
			t.Errorf("forbidden: %s %s %s/%s at %s", e.Verb, e.Resource(), e.Object.Namespace, e.Object.Name, e.Received)
		}
	}
	granted := w.granted(t)
	for _, granted := range granted {
		if here[granted] == 0 && unseen[granted] == "" {
			t.Errorf("granted and never used: %s", granted)
		}
	}
	for unseen := range unseen {
		if !slices.Contains(granted, unseen) {
			t.Errorf("there are reasons to grant %s, which is not granted", unseen)
		}
	}
	for used := range used {
		if !slices.Contains(granted, used) {
			t.Errorf("used and granted by none of the product's roles: %s", used)
		}
	}
	t.Logf("%d requests: %s", len(asked), framework.InWords(used))
}

// doEverything runs an operator and has it use its rights.
func (w *World) doEverything(t *testing.T, name string, env ...string) {
	t.Helper()
	metrics := freePort(t)
	operator, err := install.Start(t.Context(), w.Cluster, install.Options{
		Name: name, Env: env,
		Args: []string{"--enable-references", "--metrics-secure=true", "--metrics-bind-address=" + metrics},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Stop()
	passerBy := w.token(t, name)
	waits.Eventually(t, waits.Timeout, func() error { return answers(t, "https://"+metrics+"/metrics", passerBy, http.StatusForbidden) })

	object := w.Unchecked(name)
	w.Serve(t, object)
	for _, how := range []func(*v1alpha1.ExternalService){
		func(o *v1alpha1.ExternalService) { o.Spec.Ports[0].Port = 81 },
		func(o *v1alpha1.ExternalService) { o.Spec.Hosts = o.Spec.Hosts[:1] },
		func(o *v1alpha1.ExternalService) { o.Spec.Publish.Endpoints = new(false) },
		func(o *v1alpha1.ExternalService) {
			o.Spec.Hosts[0].Ports = []v1alpha1.HostPort{{Name: "http", TargetPort: 9000}}
		},
	} {
		framework.Change(t, w.Client, object, how)
		waits.Eventually(t, waits.Timeout, func() error { return w.Observed(t, object) })
		w.Heals(t, object)
	}
}

// installWithReferences adds what --enable-references takes, until the test ends.
func (w *World) installWithReferences(t *testing.T) {
	t.Helper()
	root, err := install.Root()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := w.Cluster.Kubectl("apply", "--server-side", "--force-conflicts", "-k", filepath.Join(root, "config", "with-references")); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := w.Cluster.Kubectl("delete", "clusterrole,clusterrolebinding", "external-endpoints-references"); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// granted are the rights of the operator, "update services", from its roles as
// they are installed.
func (w *World) granted(t *testing.T) []string {
	t.Helper()
	var rules []rbacv1.PolicyRule
	for _, name := range []string{"external-endpoints", "external-endpoints-cluster-ranges", "external-endpoints-references"} {
		role := &rbacv1.ClusterRole{}
		if err := w.Client.Get(t.Context(), client.ObjectKey{Name: name}, role); err != nil {
			t.Fatal(err)
		}
		rules = append(rules, role.Rules...)
	}
	leader := &rbacv1.Role{}
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: install.Namespace, Name: "external-endpoints-leader"}, leader); err != nil {
		t.Fatal(err)
	}
	var rights []string
	for _, rule := range append(rules, leader.Rules...) {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				if verb == "*" || resource == "*" || len(rule.APIGroups) != 1 {
					t.Errorf("a wildcard is granted, or more than one group: %v", rule)
				}
				rights = append(rights, right(verb, resource, rule.APIGroups[0]))
			}
		}
	}
	return rights
}

// right is one right, "update services" or "list endpointslices.discovery.k8s.io".
func right(verb, resource, group string) string {
	if group != "" {
		resource += "." + group
	}
	return verb + " " + resource
}

// TestOperatorOfOneNamespaceNeedsNoClusterRBAC runs the operator for one
// namespace under an account that may do nothing in any other. That it may not
// read the cluster's own ranges it says, and goes on; once it may, it notices.
func TestOperatorOfOneNamespaceNeedsNoClusterRBAC(t *testing.T) {
	w := idleWorld(t)
	account := corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "tenant"}}
	w.Create(t, &account)
	w.bind(t, w.Namespace, "ClusterRole", "external-endpoints")
	w.bind(t, install.Namespace, "Role", "external-endpoints-leader")
	kubeconfig, err := w.Cluster.KubeconfigFor(t.Context(), w.Namespace, account.Name)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := idleWorld(t)
	ours, theirs := w.Web("ours", w.Cluster.Hosts()...), elsewhere.Web("theirs", w.Cluster.Hosts()...)
	elsewhere.Create(t, theirs)

	operator := w.Start(t, "tenant", "--kubeconfig="+kubeconfig, "--watch-namespaces="+w.Namespace)
	w.Serve(t, ours)
	if current := elsewhere.Get(t, theirs); len(current.Status.Conditions) > 0 {
		t.Errorf("an object of another namespace was touched: %v", current.Status.Conditions)
	}
	asked, err := w.Cluster.Audit().Events(audit.Query{Username: "system:serviceaccount:" + w.Namespace + ":tenant"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range asked {
		if slices.Contains([]string{"nodes", "servicecidrs"}, e.Resource()) && e.Status.Code == http.StatusForbidden {
			continue // tried again and again, for the right may be granted
		}
		if !slices.Contains([]string{w.Namespace, install.Namespace}, e.Object.Namespace) || e.Status.Code == http.StatusForbidden {
			t.Errorf("%s %s %s/%s: %d", e.Verb, e.Resource(), e.Object.Namespace, e.Object.Name, e.Status.Code)
		}
	}
	t.Logf("%d requests, all in namespaces %s and %s", len(asked), w.Namespace, install.Namespace)

	log := operator.LogTail(wholeLog)
	for _, resource := range []string{"nodes", "servicecidrs"} {
		if n := strings.Count(log, "list and watch "+resource); n != 1 {
			t.Errorf("the log names the right to read %s %d times:\n%s", resource, n, log)
		}
	}
	node := w.Web("at-a-node", w.Cluster.Hosts()[0])
	node.Spec.Hosts = append(node.Spec.Hosts, v1alpha1.Host{Address: w.Cluster.Node().IPv4.String()})
	w.Create(t, node)
	waits.Eventually(t, waits.Timeout, func() error { return w.Tells(t, node, w.Cluster.Node().IPv4.String(), v1alpha1.EndpointUnhealthy) })
	w.grantRanges(t)
	waits.Eventually(t, waits.Timeout, func() error { return w.Tells(t, node, w.Cluster.Node().IPv4.String(), v1alpha1.EndpointDenied) })
}

// wholeLog is more lines than an operator writes in a test.
const wholeLog = 10_000

// grantRanges lets the tenant read the cluster's own ranges, until the test ends.
func (w *World) grantRanges(t *testing.T) {
	t.Helper()
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: w.Namespace + "-ranges"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "external-endpoints-cluster-ranges"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: w.Namespace, Name: "tenant"}},
	}
	w.Create(t, binding)
	t.Cleanup(func() { w.Client.Delete(context.Background(), binding) })
}

// bind gives the tenant a role in a namespace.
func (w *World) bind(t *testing.T, namespace, kind, role string) {
	t.Helper()
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: w.Namespace + "-" + role},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: role},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: w.Namespace, Name: "tenant"}},
	}
	w.Create(t, binding)
}
