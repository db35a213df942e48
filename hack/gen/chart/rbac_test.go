package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// clusterRanges are the rights that the chart has a switch for.
var clusterRanges = []string{
	"list nodes.", "watch nodes.", "list servicecidrs.networking.k8s.io", "watch servicecidrs.networking.k8s.io",
}

// references are the rights that references.enabled adds.
var references = []string{"list configmaps.", "list secrets.", "watch configmaps.", "watch secrets."}

// The audit log of the end-to-end tests proves that config/rbac grants what is
// used and nothing else; so the chart must grant the same.
func TestRBACMatchesConfig(t *testing.T) {
	all := render(t, chartFolder, "")
	for _, c := range []struct{ kind, name, file string }{
		{"ClusterRole", "external-endpoints", "operator.yaml"},
		{"Role", "external-endpoints-leader", "leader.yaml"},
		{"ClusterRole", "external-endpoints-view", "view.yaml"},
		{"ClusterRole", "external-endpoints-edit", "view.yaml"},
		{"ClusterRole", "external-endpoints-metrics-reader", "metrics-reader.yaml"},
	} {
		want := rightsOf(t, manifests(t, "config/rbac/"+c.file), c.kind, c.name)
		got := rightsOf(t, all, c.kind, c.name)
		if c.name == releaseName {
			want, got = without(want, clusterRanges), without(got, clusterRanges)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s (-config +chart):\n%s", c.kind, c.name, diff)
		}
	}
}

func TestOptionalRBACIsOptIn(t *testing.T) {
	plain := rightsOf(t, render(t, chartFolder, "clusterRanges: {enabled: false}"), "ClusterRole", releaseName)
	for _, c := range []struct {
		values string
		adds   []string
	}{
		{"clusterRanges: {enabled: true}", clusterRanges},
		{"{clusterRanges: {enabled: false}, references: {enabled: true}}", references},
	} {
		got := without(rightsOf(t, render(t, chartFolder, c.values), "ClusterRole", releaseName), plain)
		slices.Sort(c.adds)
		if diff := cmp.Diff(c.adds, got); diff != "" {
			t.Errorf("%s adds (-want +got):\n%s", c.values, diff)
		}
	}
}

func TestOptionalRBACMatchesConfig(t *testing.T) {
	for file, rights := range map[string][]string{
		"config/rbac/cluster-ranges.yaml": clusterRanges,
		"config/references/rbac.yaml":     references,
	} {
		if _, err := os.Stat(filepath.Join(projectRoot, file)); errors.Is(err, os.ErrNotExist) {
			t.Logf("there is no %s to compare with", file)
			continue
		}
		var want []string
		all := manifests(t, file)
		for _, role := range all.of("ClusterRole") {
			want = append(want, rightsOf(t, all, "ClusterRole", role.GetName())...)
		}
		slices.Sort(want)
		got := slices.Sorted(slices.Values(rights))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-config +chart):\n%s", file, diff)
		}
	}
}

func TestWatchNamespacesRenderRolesOnly(t *testing.T) {
	all := render(t, chartFolder, "{watchNamespaces: [shop, web], metrics: {secure: false}, references: {enabled: true}}")
	if found := append(all.of("ClusterRole"), all.of("ClusterRoleBinding")...); len(found) > 0 {
		t.Errorf("got %s", found.names())
	}
	got := append(all.of("Role"), all.of("RoleBinding")...).names()
	slices.Sort(got)
	want := []string{
		"Role external-endpoints-leader",
		"Role shop/external-endpoints", "Role shop/external-endpoints-edit", "Role shop/external-endpoints-view",
		"Role web/external-endpoints", "Role web/external-endpoints-edit", "Role web/external-endpoints-view",
		"RoleBinding external-endpoints-leader", "RoleBinding shop/external-endpoints", "RoleBinding web/external-endpoints",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	for _, right := range rightsOf(t, all, "Role", releaseName) {
		if strings.Contains(right, "tokenreviews") || strings.Contains(right, "nodes") {
			t.Errorf("a Role grants what only a ClusterRole can: %s", right)
		}
	}
}

// An author of ExternalServices can point a Service anywhere (CVE-2021-25740).
func TestAggregatedRolesOnlyView(t *testing.T) {
	for _, role := range render(t, chartFolder, "").of("ClusterRole") {
		for label := range role.GetLabels() {
			if strings.Contains(label, "aggregate-to") && (role.GetName() != "external-endpoints-view" || !strings.HasSuffix(label, "-to-view")) {
				t.Errorf("%s has the label %s", role.GetName(), label)
			}
		}
	}
	view := rightsOf(t, render(t, chartFolder, ""), "ClusterRole", "external-endpoints-view")
	for _, right := range view {
		if verb, _, _ := strings.Cut(right, " "); !slices.Contains([]string{"get", "list", "watch"}, verb) {
			t.Errorf("viewing includes %s", right)
		}
	}
}

// TestAdmissionPoliciesMatchConfig: but for the account, which only the chart knows exactly.
func TestAdmissionPoliciesMatchConfig(t *testing.T) {
	for chart, file := range map[string]string{
		"external-endpoints.external-endpoints-system":         "config/policy/policy.yaml",
		"external-endpoints-authors.external-endpoints-system": "config/policy/authors.yaml",
	} {
		want := policyOf(t, manifests(t, file), strings.TrimSuffix(chart, "."+releaseNamespace))
		got := policyOf(t, render(t, chartFolder, ""), chart)
		for i := range want.MatchConditions {
			account := "system:serviceaccount:" + releaseNamespace + ":" + releaseName
			if exact := got.MatchConditions[i].Expression; exact != "request.userInfo.username == '"+account+"'" {
				t.Errorf("%s matches %s, want the account of the release", chart, exact)
			}
			pattern := strings.Split(want.MatchConditions[i].Expression, "'")[1]
			if !regexp.MustCompile(pattern).MatchString(account) {
				t.Errorf("%s: %s does not match the account of config/default", file, pattern)
			}
			want.MatchConditions[i].Expression = got.MatchConditions[i].Expression
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-config +chart):\n%s", file, diff)
		}
	}
}

// policyOf is the spec of the policy of a name.
func policyOf(t *testing.T, all objects, name string) admissionv1.ValidatingAdmissionPolicySpec {
	t.Helper()
	for _, object := range all.of("ValidatingAdmissionPolicy") {
		if object.GetName() == name {
			var policy admissionv1.ValidatingAdmissionPolicy
			convert(t, object, &policy)
			return policy.Spec
		}
	}
	t.Fatalf("there is no policy %s", name)
	return admissionv1.ValidatingAdmissionPolicySpec{}
}

// rightsOf are what a role grants, "update services." or "list endpointslices.discovery.k8s.io", sorted.
func rightsOf(t *testing.T, all objects, kind, name string) []string {
	t.Helper()
	var rights []string
	for _, object := range all.of(kind) {
		if object.GetName() != name {
			continue
		}
		var role rbacv1.ClusterRole // a Role has the same fields
		convert(t, object, &role)
		for _, rule := range role.Rules {
			for _, verb := range rule.Verbs {
				for _, resource := range rule.Resources {
					for _, group := range rule.APIGroups {
						rights = append(rights, verb+" "+resource+"."+group)
					}
				}
				for _, url := range rule.NonResourceURLs {
					rights = append(rights, verb+" "+url)
				}
			}
		}
	}
	if len(rights) == 0 {
		t.Fatalf("%s %s grants nothing", kind, name)
	}
	for _, right := range rights {
		if strings.Contains(right, "*") {
			t.Errorf("%s %s has a wildcard: %s", kind, name, right)
		}
	}
	slices.Sort(rights)
	return slices.Compact(rights)
}

func without(rights, others []string) []string {
	return slices.DeleteFunc(slices.Clone(rights), func(right string) bool { return slices.Contains(others, right) })
}

// manifests are the objects of a file of the project.
func manifests(t *testing.T, path string) objects {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(projectRoot, path))
	if err != nil {
		t.Fatal(err)
	}
	var all objects
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		var object map[string]any
		if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, unstructured.Unstructured{Object: object})
	}
	return all
}
