package access

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestMetricsRequireAuthorization starts the operator as the Deployment does:
// metrics over TLS, to callers that the API server knows and allows.
func TestMetricsRequireAuthorization(t *testing.T) {
	w := idleWorld(t)
	metrics, health := freePort(t), freePort(t)
	operator, err := install.Start(t.Context(), w.Cluster, install.Options{
		Name: "secure", NotReady: true, // it is this test that asks whether it is
		Args: []string{"--metrics-secure=true", "--metrics-bind-address=" + metrics, "--health-probe-bind-address=" + health},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Operators = append(w.Operators, operator)

	for _, path := range []string{"/healthz", "/readyz"} {
		waits.Eventually(t, waits.Timeout, func() error { return answers(t, "http://"+health+path, "", http.StatusOK) })
	}
	scraper := w.token(t, "prometheus")
	w.Create(t, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: w.Namespace + "-scraper"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "external-endpoints-metrics-reader"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: w.Namespace, Name: "prometheus"}},
	})
	for caller, c := range map[string]struct {
		token  string
		status int
	}{
		"nobody":                             {"", http.StatusUnauthorized},
		"an account without the role":        {w.token(t, "passer-by"), http.StatusForbidden},
		"an account bound to metrics-reader": {scraper, http.StatusOK},
	} {
		t.Run(caller, func(t *testing.T) {
			// The API server hears of a new binding a moment later.
			waits.Eventually(t, waits.Timeout, func() error { return answers(t, "https://"+metrics+"/metrics", c.token, c.status) })
		})
	}
	if err := answers(t, "http://"+metrics+"/metrics", scraper, http.StatusBadRequest); err != nil {
		t.Errorf("without TLS: %v", err)
	}
}

// token makes a service account in the test's namespace and returns a token for it.
func (w *World) token(t *testing.T, name string) string {
	t.Helper()
	w.Create(t, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name}})
	config, err := w.Cluster.ConfigFor(t.Context(), w.Namespace, name)
	if err != nil {
		t.Fatal(err)
	}
	return config.BearerToken
}

// answers returns nil when the URL is answered with that status. The operator
// makes its own certificate when it is given none.
func answers(t *testing.T, url, token string, status int) error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != status {
		return fmt.Errorf("%s answers %s, want %d", url, response.Status, status)
	}
	return nil
}

// freePort is a loopback address with a port that is free right now.
func freePort(t *testing.T) string {
	t.Helper()
	address, err := install.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
