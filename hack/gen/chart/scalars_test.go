package main

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// Names that Kubernetes takes and YAML takes for something else: a namespace may be
// called 456, and 1e3 or true are names as well.
const numericNames = `
serviceAccount: {name: "1e3"}
priorityClassName: "true"
fullnameOverride: "7"
leaderElection: {namespace: "0"}
commonLabels: {team: "1"}
nodeSelector: {pool: "2"}
metrics: {readers: [{namespace: "8", name: "9"}]}
serviceMonitor: {enabled: true, labels: {release: "3"}, interval: 30s}
prometheusRule: {enabled: true, alerts: {HostDown: {severity: "1", labels: {level: "2"}}}}
grafanaDashboard: {enabled: true, sidecarLabel: "1", sidecarLabelValue: "1"}
networkPolicy: {enabled: true}
`

func TestNumericNamesStayStrings(t *testing.T) {
	for name, values := range map[string]string{
		"in the whole cluster": numericNames,
		"in some namespaces":   numericNames + "watchNamespaces: [\"10\", \"null\"]\nrbac: {create: true}\n",
	} {
		t.Run(name, func(t *testing.T) {
			values = strings.Replace(values, "metrics: {", "metrics: {secure: "+fmt.Sprint(!strings.Contains(values, "watchNamespaces"))+", ", 1)
			out, problems, err := helm(t, values, "template", "123", chartFolder, "--namespace", "456", "--values=-",
				"--api-versions=apiregistration.k8s.io/v1")
			if err != nil {
				t.Fatalf("%v: %s", err, problems)
			}
			for _, object := range parse(t, out) {
				wantTexts(t, object.GetKind(), object.Object)
			}
		})
	}
}

// textFields are those of Kubernetes' objects that hold a name.
var textFields = map[string]bool{
	"name": true, "namespace": true, "serviceAccountName": true, "priorityClassName": true, "policyName": true, "interval": true,
}

// textMaps are those whose values are texts whatever their keys.
var textMaps = map[string]bool{"labels": true, "matchLabels": true, "selector": true, "annotations": true, "nodeSelector": true, "data": true}

// wantTexts fails where a value that must be a text is none.
func wantTexts(t *testing.T, path string, value any) {
	t.Helper()
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			if strings.HasSuffix(path, ".matchNames") {
				wantText(t, path, element)
			}
			wantTexts(t, fmt.Sprintf("%s[%d]", path, i), element)
		}
	case map[string]any:
		parent := path[strings.LastIndexByte(path, '.')+1:]
		for key, element := range value {
			_, nested := element.(map[string]any)
			if !nested && (textFields[key] || textMaps[parent]) {
				wantText(t, path+"."+key, element)
			}
			if key != "openAPIV3Schema" {
				wantTexts(t, path+"."+key, element)
			}
		}
	}
}

func wantText(t *testing.T, path string, value any) {
	t.Helper()
	if _, isText := value.(string); !isText {
		t.Errorf("%s is %v, of type %T, want a text", path, value, value)
	}
}

// Helm 4 installs by server-side apply, which refuses a list that names a key twice.
func TestUserEnvReplacesChartEnv(t *testing.T) {
	for variable, want := range map[string]string{"GOMEMLIMIT": "200MiB", "POD_UID": "fixed"} {
		deployment := one[appsv1.Deployment](t, render(t, chartFolder, fmt.Sprintf("env: [{name: %s, value: %s}]", variable, want)), "Deployment")
		var found []corev1.EnvVar
		for _, e := range deployment.Spec.Template.Spec.Containers[0].Env {
			if e.Name == variable {
				found = append(found, e)
			}
		}
		if len(found) != 1 || found[0].Value != want {
			t.Errorf("%s: got %+v, want %q once", variable, found, want)
		}
	}
}
