package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// defaults are what a release without values of its own consists of.
var defaults = []string{
	"ClusterRole external-endpoints",
	"ClusterRole external-endpoints-edit",
	"ClusterRole external-endpoints-metrics-reader",
	"ClusterRole external-endpoints-view",
	"ClusterRoleBinding external-endpoints",
	"CustomResourceDefinition externalservices.external-endpoints.io",
	"Deployment external-endpoints",
	"PodDisruptionBudget external-endpoints",
	"Role external-endpoints-leader",
	"RoleBinding external-endpoints-leader",
	"Service external-endpoints-metrics",
	"ServiceAccount external-endpoints",
	"ValidatingAdmissionPolicy external-endpoints-authors.external-endpoints-system",
	"ValidatingAdmissionPolicy external-endpoints.external-endpoints-system",
	"ValidatingAdmissionPolicyBinding external-endpoints-authors.external-endpoints-system",
	"ValidatingAdmissionPolicyBinding external-endpoints.external-endpoints-system",
}

// TestSwitchesRender: what a value adds to the objects of the release, and what it takes away.
func TestSwitchesRender(t *testing.T) {
	for _, c := range []struct {
		values     string
		adds, lack []string
	}{
		{"", nil, nil},
		{"crds: {enabled: false}", nil, []string{"CustomResourceDefinition externalservices.external-endpoints.io"}},
		{"replicas: 1", nil, []string{"PodDisruptionBudget external-endpoints"}},
		{"podDisruptionBudget: {enabled: false}", nil, []string{"PodDisruptionBudget external-endpoints"}},
		{"serviceAccount: {create: false, name: mine}", nil, []string{"ServiceAccount external-endpoints"}},
		{"admissionPolicy: {enabled: false}", nil, []string{
			"ValidatingAdmissionPolicy external-endpoints.external-endpoints-system",
			"ValidatingAdmissionPolicyBinding external-endpoints.external-endpoints-system",
		}},
		{"authorPolicy: {enabled: false}", nil, []string{
			"ValidatingAdmissionPolicy external-endpoints-authors.external-endpoints-system",
			"ValidatingAdmissionPolicyBinding external-endpoints-authors.external-endpoints-system",
		}},
		{"rbac: {create: false, viewRole: false, editRole: false}", nil, []string{
			"ClusterRole external-endpoints", "ClusterRole external-endpoints-edit", "ClusterRole external-endpoints-view",
			"ClusterRoleBinding external-endpoints", "Role external-endpoints-leader", "RoleBinding external-endpoints-leader",
		}},
		{"{replicas: 1, leaderElection: {enabled: false}}", nil, []string{
			"PodDisruptionBudget external-endpoints", "Role external-endpoints-leader", "RoleBinding external-endpoints-leader",
		}},
		{"leaderElection: {namespace: ops}",
			[]string{"Role ops/external-endpoints-leader", "RoleBinding ops/external-endpoints-leader"},
			[]string{"Role external-endpoints-leader", "RoleBinding external-endpoints-leader"}},
		{"metrics: {enabled: false}", nil, []string{"ClusterRole external-endpoints-metrics-reader", "Service external-endpoints-metrics"}},
		{"metrics: {secure: false}", nil, []string{"ClusterRole external-endpoints-metrics-reader"}},
		{"metrics: {readers: [{namespace: monitoring, name: prometheus}]}", []string{"ClusterRoleBinding external-endpoints-metrics-reader"}, nil},
		{"serviceMonitor: {enabled: true}", []string{"ServiceMonitor external-endpoints"}, nil},
		{"networkPolicy: {enabled: true}", []string{"NetworkPolicy external-endpoints"}, nil},
		{
			`extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: "{{ .Release.Name }}-one"}},` +
				` "{apiVersion: v1, kind: ConfigMap, metadata: {name: two}}"]`,
			[]string{"ConfigMap external-endpoints-one", "ConfigMap two"}, nil,
		},
	} {
		t.Run(c.values, func(t *testing.T) {
			t.Parallel()
			want := slices.Concat(c.adds, slices.DeleteFunc(slices.Clone(defaults), func(name string) bool { return slices.Contains(c.lack, name) }))
			got := render(t, chartFolder, c.values).names()
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPodsRender: what values make of the Pods.
func TestPodsRender(t *testing.T) {
	for _, c := range []struct {
		name, values string
		check        func(*appsv1.Deployment, *corev1.PodSpec, *corev1.Container) bool
	}{
		{"two copies", "", func(d *appsv1.Deployment, _ *corev1.PodSpec, _ *corev1.Container) bool { return *d.Spec.Replicas == 2 }},
		{"none at all", "replicas: 0", func(d *appsv1.Deployment, _ *corev1.PodSpec, _ *corev1.Container) bool { return *d.Spec.Replicas == 0 }},
		{"one that is replaced at once has no second beside it", "{replicas: 1, leaderElection: {enabled: false}}",
			func(d *appsv1.Deployment, _ *corev1.PodSpec, _ *corev1.Container) bool {
				return d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType
			}},
		{"spread softly", "", func(_ *appsv1.Deployment, p *corev1.PodSpec, _ *corev1.Container) bool {
			return len(p.TopologySpreadConstraints) == 1 && p.TopologySpreadConstraints[0].WhenUnsatisfiable == corev1.ScheduleAnyway
		}},
		{"not spread", "topologySpreadConstraints: []", func(_ *appsv1.Deployment, p *corev1.PodSpec, _ *corev1.Container) bool {
			return len(p.TopologySpreadConstraints) == 0
		}},
		{"restricted", "", func(_ *appsv1.Deployment, p *corev1.PodSpec, c *corev1.Container) bool {
			return *p.SecurityContext.RunAsNonRoot && *p.SecurityContext.RunAsUser == 65532 &&
				p.SecurityContext.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault &&
				*c.SecurityContext.ReadOnlyRootFilesystem && !*c.SecurityContext.AllowPrivilegeEscalation &&
				slices.Equal(c.SecurityContext.Capabilities.Drop, []corev1.Capability{"ALL"}) && len(c.SecurityContext.Capabilities.Add) == 0
		}},
		{"a user that the platform chooses", "podSecurityContext: {runAsUser: null, runAsGroup: null}",
			func(_ *appsv1.Deployment, p *corev1.PodSpec, _ *corev1.Container) bool {
				return p.SecurityContext.RunAsUser == nil && *p.SecurityContext.RunAsNonRoot
			}},
		{"a registry", "image: {registry: registry/, repository: a/b, tag: v1}", image("registry/a/b:v1")},
		{"a digest", "image: {tag: v1, digest: sha256:" + strings.Repeat("0a", 32) + "}",
			image("external-endpoints@sha256:" + strings.Repeat("0a", 32))},
		{"the chart's version of the image", "", image("external-endpoints:0.1.0")},
		{"nine tenths of the memory limit for Go", "resources: {limits: {memory: 1Gi}}", memoryLimit("966367641")},
		{"of a decimal one", "resources: {limits: {memory: 500M}}", memoryLimit("450000000")},
		{"of one in bytes", "resources: {limits: {memory: 1000000000}}", memoryLimit("900000000")},
		{"none without a limit", "resources: {limits: null}", memoryLimit("")},
		{"further environment", "env: [{name: A, value: b}]", func(_ *appsv1.Deployment, _ *corev1.PodSpec, c *corev1.Container) bool {
			return c.Env[1] == corev1.EnvVar{Name: "A", Value: "b"}
		}},
		{"its own Pod's UID, as which it stands for election", "", func(_ *appsv1.Deployment, _ *corev1.PodSpec, c *corev1.Container) bool {
			last := c.Env[len(c.Env)-1]
			return last.Name == "POD_UID" && last.ValueFrom.FieldRef.FieldPath == "metadata.uid"
		}},
		{"the node's network, with the cluster's names", "hostNetwork: true", func(_ *appsv1.Deployment, p *corev1.PodSpec, _ *corev1.Container) bool {
			return p.HostNetwork && p.DNSPolicy == corev1.DNSClusterFirstWithHostNet
		}},
		{"name servers of one's own", "{dnsPolicy: None, dnsConfig: {nameservers: [192.0.2.53]}}",
			func(_ *appsv1.Deployment, p *corev1.PodSpec, _ *corev1.Container) bool {
				return p.DNSPolicy == corev1.DNSNone && p.DNSConfig.Nameservers[0] == "192.0.2.53"
			}},
		{"where and how important", `{priorityClassName: high, nodeSelector: {a: b}, tolerations: [{operator: Exists}],
			affinity: {nodeAffinity: {}}, terminationGracePeriodSeconds: 3, image: {pullSecrets: [{name: s}], pullPolicy: Always}}`,
			func(_ *appsv1.Deployment, p *corev1.PodSpec, c *corev1.Container) bool {
				return p.PriorityClassName == "high" && p.NodeSelector["a"] == "b" && p.Tolerations[0].Operator == corev1.TolerationOpExists &&
					p.Affinity.NodeAffinity != nil && *p.TerminationGracePeriodSeconds == 3 && p.ImagePullSecrets[0].Name == "s" &&
					c.ImagePullPolicy == corev1.PullAlways
			}},
		{"volumes", "{extraVolumes: [{name: v, emptyDir: {}}], extraVolumeMounts: [{name: v, mountPath: /v}]}",
			func(_ *appsv1.Deployment, p *corev1.PodSpec, c *corev1.Container) bool {
				return p.Volumes[0].Name == "v" && c.VolumeMounts[0].MountPath == "/v"
			}},
		{"labels that cannot break the selector", "{commonLabels: {team: net, app.kubernetes.io/name: x}, podLabels: {a: b, app.kubernetes.io/instance: other}, podAnnotations: {c: d}}",
			func(d *appsv1.Deployment, _ *corev1.PodSpec, _ *corev1.Container) bool {
				labels := d.Spec.Template.Labels
				for key, value := range d.Spec.Selector.MatchLabels {
					if labels[key] != value {
						return false
					}
				}
				return labels["team"] == "net" && labels["a"] == "b" && d.Spec.Template.Annotations["c"] == "d"
			}},
		{"an account of one's own", "serviceAccount: {create: false, name: mine}", func(_ *appsv1.Deployment, p *corev1.PodSpec, _ *corev1.Container) bool {
			return p.ServiceAccountName == "mine"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			deployment := one[appsv1.Deployment](t, render(t, chartFolder, c.values), "Deployment")
			pod := &deployment.Spec.Template.Spec
			if !c.check(&deployment, pod, &pod.Containers[0]) {
				t.Errorf("it is not so in\n%+v", deployment.Spec)
			}
		})
	}
}

func image(want string) func(*appsv1.Deployment, *corev1.PodSpec, *corev1.Container) bool {
	return func(_ *appsv1.Deployment, _ *corev1.PodSpec, c *corev1.Container) bool { return c.Image == want }
}

func memoryLimit(bytes string) func(*appsv1.Deployment, *corev1.PodSpec, *corev1.Container) bool {
	return func(_ *appsv1.Deployment, _ *corev1.PodSpec, c *corev1.Container) bool {
		if bytes == "" {
			return c.Env[0].Name != "GOMEMLIMIT"
		}
		return c.Env[0] == corev1.EnvVar{Name: "GOMEMLIMIT", Value: bytes}
	}
}

func TestObjectsHaveCommonLabels(t *testing.T) {
	all := render(t, withWatching(t), `
commonLabels: {team: net}
serviceMonitor: {enabled: true}
prometheusRule: {enabled: true}
grafanaDashboard: {enabled: true}
networkPolicy: {enabled: true}
metrics: {readers: [{namespace: monitoring, name: prometheus}]}
`)
	for i, object := range all {
		labels := object.GetLabels()
		if labels["team"] != "net" || labels["app.kubernetes.io/name"] != "external-endpoints" {
			t.Errorf("%s: %v", all.names()[i], labels)
		}
	}
}

func TestCRDIsKeptOnRequest(t *testing.T) {
	for keep, want := range map[bool]string{true: "keep", false: ""} {
		crd := one[unstructured.Unstructured](t, render(t, chartFolder, fmt.Sprintf("crds: {keep: %t}", keep)), "CustomResourceDefinition")
		if got := crd.GetAnnotations()["helm.sh/resource-policy"]; got != want {
			t.Errorf("with crds.keep %t the policy is %q, want %q", keep, got, want)
		}
	}
}

func TestNetworkPolicyEgressIsOpenByDefault(t *testing.T) {
	open := one[networkingv1.NetworkPolicy](t, render(t, chartFolder, "networkPolicy: {enabled: true}"), "NetworkPolicy")
	if slices.Contains(open.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) || open.Spec.Ingress[0].Ports[0].Port.IntValue() != 8443 {
		t.Errorf("got %+v", open.Spec)
	}
	narrow := one[networkingv1.NetworkPolicy](t, render(t, chartFolder,
		"{networkPolicy: {enabled: true, egress: [{to: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}, metrics: {enabled: false}}"), "NetworkPolicy")
	if !slices.Contains(narrow.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) || len(narrow.Spec.Egress) != 1 || len(narrow.Spec.Ingress) != 0 {
		t.Errorf("got %+v", narrow.Spec)
	}
}

func TestTemplateOmitsHelmTest(t *testing.T) {
	if pods := render(t, chartFolder, "").of("Pod"); len(pods) > 0 {
		t.Errorf("got %s", pods.names())
	}
}
