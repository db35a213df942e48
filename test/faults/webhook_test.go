package faults

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestMutatingWebhookOnServices has a webhook change every Service on its way, where the spec
// says nothing and where it says something else. The hosts are served, and nothing is
// written at rest.
func TestMutatingWebhookOnServices(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		patch []patch
		// changed reports whether the Service is as the webhook makes it.
		changed func(*corev1.Service) bool
		// overrules: the operator tries again when it reconciles, and does not when it does not.
		overrules bool
	}{
		{"it adds what the spec does not have", []patch{
			{"add", "/metadata/annotations", map[string]string{"mesh.example.com/inject": "true"}},
			{"add", "/spec/internalTrafficPolicy", "Cluster"},
			{"add", "/spec/publishNotReadyAddresses", false},
		}, func(s *corev1.Service) bool { return s.Annotations["mesh.example.com/inject"] == "true" }, false},
		{"it overrules the spec", []patch{{"add", "/spec/sessionAffinity", "ClientIP"}},
			func(s *corev1.Service) bool { return s.Spec.SessionAffinity == corev1.ServiceAffinityClientIP }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.mutateServices(t, c.patch)
			w.start(t, install.Options{})
			w.Create(t, w.object(t, 3))
			began := time.Now()
			waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(3), began) })
			s := &corev1.Service{}
			if !w.get(t, service, s) || !c.changed(s) {
				t.Fatalf("the webhook did not change the Service: %+v", s)
			}
			since := len(w.Proxy.Journal(proxy.Writes))
			waits.Always(t, watched, func() error { return w.wroteNothing(since) })

			w.hostDown(3)
			died := time.Now()
			waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(2), died) })
			for what, times := range counted(w.Proxy.Journal(proxy.Writes)[since:]) {
				// A removal takes one to three reconciles: the failure, the evidence, and a late verdict.
				if most := 3; what == "update services" && (times > most || !c.overrules) {
					t.Errorf("%s: %d times for a host that died", what, times)
				}
			}
			w.audit(t, promise{always: hostAddresses(2)})
		})
	}
}

// patch is one operation of a JSON patch.
type patch struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// mutateServices has a webhook apply the patch to all Services of the world that the operator writes.
func (w *World) mutateServices(t *testing.T, operations []patch) {
	t.Helper()
	encoded, err := json.Marshal(operations)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		var review admissionv1.AdmissionReview
		if err := json.NewDecoder(request.Body).Decode(&review); err != nil {
			http.Error(answer, err.Error(), http.StatusBadRequest)
			return
		}
		review.Response = &admissionv1.AdmissionResponse{
			UID: review.Request.UID, Allowed: true, Patch: encoded, PatchType: new(admissionv1.PatchTypeJSONPatch),
		}
		review.Request = nil
		_ = json.NewEncoder(answer).Encode(review)
	}))
	t.Cleanup(server.Close)
	failing, none := admissionregistrationv1.Fail, admissionregistrationv1.SideEffectClassNone
	webhook := &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: w.Namespace},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name: "services.mesh.example.com",
			ClientConfig: admissionregistrationv1.WebhookClientConfig{
				URL:      new(server.URL + "/"),
				CABundle: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
			},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create, admissionregistrationv1.Update},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"services"}},
			}},
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: w.Namespace}},
			ObjectSelector:    &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/managed-by": v1alpha1.ManagedBy}},
			FailurePolicy:     &failing, SideEffects: &none, AdmissionReviewVersions: []string{"v1"},
		}},
	}
	w.Create(t, webhook)
	t.Cleanup(func() {
		if err := w.Client.Delete(context.Background(), webhook); err != nil {
			t.Error(err)
		}
	})
	// The API server notices a new webhook some moments later.
	waits.Eventually(t, waits.Timeout, func() error {
		probe := &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: w.Namespace, Name: "probe", Labels: map[string]string{"app.kubernetes.io/managed-by": v1alpha1.ManagedBy},
			},
			Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
		}
		if err := w.Client.Create(t.Context(), probe, client.DryRunAll); err != nil {
			return err
		}
		if probe.Annotations == nil && probe.Spec.SessionAffinity == corev1.ServiceAffinityNone {
			return errors.New("the webhook is not in force")
		}
		return nil
	})
}
