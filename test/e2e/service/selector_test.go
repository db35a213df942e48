package service

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestSelectorWithdrawsSlices has an Existing Service get a selector
// while we publish to it, and lose it again. What Kubernetes wrote for the Pods
// stays behind (kubernetes#111929): somebody has to delete the slice.
func TestSelectorWithdrawsSlices(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	pod := hosts[3]
	w.runPod(t, "web-0", pod.IPv4.String())
	service := w.selectorless("web")
	w.Create(t, service)
	object := w.onExisting("web")
	w.Serve(t, object)

	framework.Change(t, w.Client, service, func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "web"} })
	w.refused(t, object, v1alpha1.ReasonServiceHasSelector, stalls)
	w.withdrawn(t, object)
	waits.Eventually(t, waits.Timeout, func() error {
		endpoints := &corev1.Endpoints{}
		listed := w.find(t, "web", endpoints) && len(endpoints.Subsets) == 1 && len(endpoints.Subsets[0].Addresses) == 1
		if !listed || endpoints.Subsets[0].Addresses[0].IP != pod.IPv4.String() {
			return fmt.Errorf("Kubernetes has not written the Pod's Endpoints yet: %v", endpoints.Subsets)
		}
		if diff := cmp.Diff(framework.Addresses(pod), w.Ready(t, "web")); diff != "" {
			return fmt.Errorf("only the Pod is served (-want +got):\n%s", diff)
		}
		return nil
	})
	kubernetes := w.Slices(t, "web")[0]
	untouched := w.remember(t, service, &kubernetes)
	waits.Elapse(t, framework.Watched)
	untouched()

	framework.Change(t, w.Client, service, func(s *corev1.Service) { s.Spec.Selector = nil })
	w.refused(t, object, v1alpha1.ReasonServiceConflict, stalls)
	w.remember(t, &kubernetes)() // still there, and still not ours

	w.Remove(t, &kubernetes)
	w.Heals(t, object)
	waits.Eventually(t, waits.Timeout, func() error {
		if diff := cmp.Diff(framework.Addresses(hosts[:2]...), w.Ready(t, "web")); diff != "" {
			return fmt.Errorf("only the spec's hosts are served (-want +got):\n%s", diff)
		}
		return nil
	})
}

// runPod makes a Pod that runs, is ready and has an address, as a kubelet would say.
func (w *World) runPod(t *testing.T, name, address string) {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name, Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{
			NodeName:                     w.Cluster.Node().Name,
			AutomountServiceAccountToken: new(false),
			Containers: []corev1.Container{{
				Name: "web", Image: "web",
				Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
			}},
		},
	}
	// The namespace's service account is made by a controller, after the namespace.
	waits.Eventually(t, waits.Timeout, func() error { return w.Client.Create(t.Context(), pod) })
	pod.Status = corev1.PodStatus{
		Phase: corev1.PodRunning, PodIP: address, PodIPs: []corev1.PodIP{{IP: address}},
		Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
	}
	if err := w.Client.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
}
