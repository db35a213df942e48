package main

import (
	"bytes"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/external-endpoints/operator/internal/operator"
)

// installed is what Helm would send to an API server, its tests included.
func installed(t *testing.T, values string) objects {
	t.Helper()
	out, problems, err := helm(t, values, "template", releaseName, chartFolder, "--namespace", releaseNamespace, "--values=-",
		"--api-versions=apiregistration.k8s.io/v1")
	if err != nil {
		t.Fatalf("%v: %s", err, problems)
	}
	return parse(t, out)
}

func TestHelmTestUsesLeaderElectionNamespace(t *testing.T) {
	all := installed(t, "leaderElection: {namespace: ops}")
	pod, deployment := one[corev1.Pod](t, all, "Pod"), one[appsv1.Deployment](t, all, "Deployment")
	asked, err := operator.ParseFlags(pod.Spec.Containers[0].Args, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if !asked.AwaitLeader || asked.LeaderElectionNamespace != "ops" {
		t.Errorf("it does not wait for the leader in ops: %q", pod.Spec.Containers[0].Args)
	}
	if want := deployment.Spec.Template.Spec.ServiceAccountName; pod.Spec.ServiceAccountName != want {
		t.Errorf("it runs as %q, the operator as %q", pod.Spec.ServiceAccountName, want)
	}
	if pod.Spec.Containers[0].Image != deployment.Spec.Template.Spec.Containers[0].Image {
		t.Errorf("it has the image %s", pod.Spec.Containers[0].Image)
	}
	selector, err := metav1.LabelSelectorAsSelector(deployment.Spec.Selector)
	if err != nil {
		t.Fatal(err)
	}
	if selector.Matches(labels.Set(pod.Labels)) {
		t.Errorf("Service and disruption budget take it for the operator: %v", pod.Labels)
	}
}

func TestHelmTestIsOptional(t *testing.T) {
	if found := render(t, chartFolder, "").of("Pod"); len(found) > 0 {
		t.Errorf("where the chart is only templated: %q", found.names())
	}
	for name, values := range map[string]string{
		"when it is not wanted":   "helmTest: {enabled: false}",
		"without leader election": "{leaderElection: {enabled: false}, replicas: 1}",
	} {
		if found := installed(t, values).of("Pod"); len(found) > 0 {
			t.Errorf("%s: %q", name, found.names())
		}
	}
}
