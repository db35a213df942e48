package access

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/probestest"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/audit"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// guarded is a host at the node's address that asks who is calling, and what the
// caller's token is.
type guarded struct {
	mu          sync.Mutex
	certificate tls.Certificate
	tokens      []string // those that it accepts
	last        string   // the last one that it was shown
	served      int
}

// startGuarded starts the host on port 9443 of the node.
func startGuarded(t *testing.T, w *World, clients *probestest.Authority) *guarded {
	t.Helper()
	g := &guarded{}
	var listener net.Listener
	err := w.Cluster.Node().Do(func() (err error) {
		listener, err = net.Listen("tcp", net.JoinHostPort(w.Cluster.Node().IPv4.String(), "9443"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		Handler:  g,
		ErrorLog: log.New(io.Discard, "", 0), // handshakes fail on purpose
		TLSConfig: &tls.Config{
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients.Pool(),
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
				g.mu.Lock()
				defer g.mu.Unlock()
				certificate := g.certificate
				return &certificate, nil
			},
		},
	}
	go server.ServeTLS(listener, "", "")
	t.Cleanup(func() { server.Close() })
	return g
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = r.Header.Get("Authorization")
	for _, token := range g.tokens {
		if token == g.last {
			g.served++
			return
		}
	}
	w.WriteHeader(http.StatusForbidden)
}

// accept changes what the host accepts, and by whose certificate it is known.
func (g *guarded) accept(certificate *tls.Certificate, tokens ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if certificate != nil {
		g.certificate = *certificate
	}
	g.tokens = tokens
}

func (g *guarded) state() (last string, served int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last, g.served
}

// servesTo waits until the host has served somebody with that token twice more.
func (g *guarded) servesTo(t *testing.T, token string) {
	t.Helper()
	_, before := g.state()
	waits.Eventually(t, waits.Timeout, func() error {
		if last, served := g.state(); last != token || served < before+2 {
			return errors.New("the host has not been asked with what it is to be asked with")
		}
		return nil
	})
}

// TestReferencesAreFollowedAndNotLeaked has a host that wants a client
// certificate and a token; both, and the host's authority, are in referred objects.
func TestReferencesAreFollowedAndNotLeaked(t *testing.T) {
	w := idleWorld(t)
	first, second, clients := probestest.NewAuthority(t), probestest.NewAuthority(t), probestest.NewAuthority(t)
	old, renewed := first.Issue(time.Hour), second.Issue(time.Hour)
	host := startGuarded(t, w, clients)
	tokens := []string{"Bearer " + secretWord + "-1", "Bearer " + secretWord + "-2"}
	host.accept(&old, tokens[0])

	certificate, key := clients.IssueClient(time.Hour)
	planted := canaries{}
	planted.plantPEM("client certificate", string(certificate))
	planted.plantPEM("client key", string(key))
	planted.plantPEM("authority", first.Bundle)
	client := w.referable(t, "client", map[string]string{"tls.crt": string(certificate), "tls.key": string(key)})
	token := w.referable(t, "token", map[string]string{"token": tokens[0]})
	authority := &corev1.ConfigMap{ObjectMeta: token.ObjectMeta, Data: map[string]string{"ca.crt": first.Bundle}}
	authority.Name, authority.ResourceVersion, authority.UID = "authority", "", ""
	w.Create(t, authority)
	object := w.guardedService()
	w.Create(t, object)

	kubeconfig := w.tenantWithReferences(t)
	arguments := []string{"--kubeconfig=" + kubeconfig, "--watch-namespaces=" + w.Namespace, "--log-level=debug",
		"--allowed-cidrs=" + w.Cluster.Node().IPv4.String() + "/32"}
	operator := w.Start(t, "references", append(arguments, "--enable-references")...)
	waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, object) })
	healthy := func() error { return w.Tells(t, object, w.Cluster.Node().IPv4.String(), v1alpha1.EndpointHealthy) }

	begun := time.Now()
	host.accept(nil, tokens...)
	changeSecret(t, w, token, "token", tokens[1])
	host.servesTo(t, tokens[1])
	host.accept(nil, tokens[1])
	waits.Always(t, 2*framework.Interval, healthy)

	framework.Change(t, w.Client, authority, func(c *corev1.ConfigMap) { c.Data["ca.crt"] = first.Bundle + second.Bundle })
	waits.Always(t, framework.Interval, healthy) // the operator has noticed by then
	host.accept(&renewed, tokens[1])
	host.servesTo(t, tokens[1])
	framework.Change(t, w.Client, authority, func(c *corev1.ConfigMap) { c.Data["ca.crt"] = second.Bundle })
	waits.Always(t, 2*framework.Interval, healthy)
	host.servesTo(t, tokens[1])
	tenant := audit.Query{
		Username: "system:serviceaccount:" + w.Namespace + ":tenant", Since: begun, Writes: true,
		Without: []string{"leases", "events"}, // events of the object's beginning may be under way
	}
	if writes, err := w.Cluster.Audit().Count(tenant); err != nil || len(writes) > 0 {
		t.Errorf("rotations that no host noticed made the operator write %v, %v", writes, err)
	}
	w.showsNothing(t, operator, planted)

	broken := map[string]func(){
		"a token without its label": func() { framework.Change(t, w.Client, token, func(s *corev1.Secret) { s.Labels = nil }) },
		"a malformed token":         func() { changeSecret(t, w, token, "token", secretWord+"\r\n") },
		"a malformed client key":    func() { changeSecret(t, w, client, "tls.key", "-----BEGIN "+secretWord+"-----\n") },
		"authorities that are none": func() {
			framework.Change(t, w.Client, authority, func(c *corev1.ConfigMap) { c.Data["ca.crt"] = secretWord })
		},
	}
	for name, breaks := range broken {
		t.Run(name, func(t *testing.T) {
			breaks()
			waits.Eventually(t, waits.Timeout, func() error { return w.isHeld(t, object) })
			t.Log(framework.Condition(w.Get(t, object), v1alpha1.ConditionAccepted).Message)
			w.showsNothing(t, operator, planted)
			framework.Change(t, w.Client, token, func(s *corev1.Secret) { s.Labels = client.Labels })
			changeSecret(t, w, token, "token", tokens[1])
			changeSecret(t, w, client, "tls.key", string(key))
			framework.Change(t, w.Client, authority, func(c *corev1.ConfigMap) { c.Data["ca.crt"] = second.Bundle })
			waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, object) })
		})
	}

	if err := operator.Stop(); err != nil {
		t.Fatal(err)
	}
	w.Start(t, "no-references", arguments...)
	waits.Eventually(t, waits.Timeout, func() error {
		if c := framework.Condition(w.Get(t, object), v1alpha1.ConditionAccepted); !strings.Contains(c.Message, "--enable-references") {
			return fmt.Errorf("without the flag Accepted is %s: %s", c.Status, c.Message)
		}
		return w.isHeld(t, object)
	})
}

// guardedService is an ExternalService of the guarded host.
func (w *World) guardedService() *v1alpha1.ExternalService {
	object := w.Web("guarded")
	object.Spec.Ports = []v1alpha1.Port{{Name: "https", Port: 443, TargetPort: 9443}}
	object.Spec.Hosts = []v1alpha1.Host{{Address: w.Cluster.Node().IPv4.String()}}
	object.Spec.HealthCheck.HTTP = &v1alpha1.HTTPCheck{
		Scheme: v1alpha1.SchemeHTTPS,
		Headers: []v1alpha1.HTTPHeader{{Name: "Authorization", ValueFrom: &v1alpha1.HeaderSource{
			SecretKeyRef: &v1alpha1.KeyReference{Name: "token", Key: "token"},
		}}},
		TLS: &v1alpha1.TLSSettings{TLSVerification: v1alpha1.TLSVerification{
			ServerName:           probestest.ServerName,
			CABundleRef:          &v1alpha1.CABundleReference{KeyReference: v1alpha1.KeyReference{Name: "authority", Key: "ca.crt"}},
			ClientCertificateRef: &v1alpha1.SecretReference{Name: "client"},
		}},
	}
	return object
}

// referable is a Secret that checks may refer to.
func (w *World) referable(t *testing.T, name string, content map[string]string) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name, Labels: map[string]string{v1alpha1.ReferenceLabel: "true"}},
		StringData: content,
	}
	w.Create(t, secret)
	return secret
}

func changeSecret(t *testing.T, w *World, secret *corev1.Secret, key, value string) {
	t.Helper()
	framework.Change(t, w.Client, secret, func(s *corev1.Secret) { s.Data[key] = []byte(value) })
}

// isHeld returns nil when the check cannot be run, which is told, and the host is
// Unknown and published as before.
func (w *World) isHeld(t *testing.T, object *v1alpha1.ExternalService) error {
	t.Helper()
	host := w.Cluster.Node().IPv4.String()
	if c := framework.Condition(w.Get(t, object), v1alpha1.ConditionAccepted); c.Status != metav1.ConditionFalse || c.Reason != v1alpha1.ReasonInvalidHost {
		return fmt.Errorf("Accepted is %s because of %s", c.Status, c.Reason)
	}
	return errors.Join(w.Tells(t, object, host, v1alpha1.EndpointUnknown), w.ServesOnly(t, object, host))
}

// tenantWithReferences is the kubeconfig of an account that may do in its
// namespace what config/references grants, and nothing elsewhere.
func (w *World) tenantWithReferences(t *testing.T) string {
	t.Helper()
	root, err := install.Root()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := w.Cluster.Kubectl("apply", "--server-side", "--force-conflicts", "-k", filepath.Join(root, "config", "with-references")); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	w.Create(t, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "tenant"}})
	w.bind(t, w.Namespace, "ClusterRole", "external-endpoints")
	w.bind(t, w.Namespace, "ClusterRole", "external-endpoints-references")
	w.bind(t, install.Namespace, "Role", "external-endpoints-leader")
	kubeconfig, err := w.Cluster.KubeconfigFor(t.Context(), w.Namespace, "tenant")
	if err != nil {
		t.Fatal(err)
	}
	return kubeconfig
}
