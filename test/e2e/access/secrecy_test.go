package access

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// whisper is an object whose host says or is told a canary, and why it is out.
type whisper struct {
	name   string
	port   int32
	check  v1alpha1.HealthCheck
	change func(*v1alpha1.ExternalService)
	want   string
}

// asked takes down what a host was shown of whom.
type asked struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (a *asked) see(request *http.Request, conn *tls.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen == nil {
		a.seen = map[string]bool{}
	}
	for _, values := range request.Header {
		a.seen[values[0]] = true
	}
	a.seen[request.URL.Query().Get("token")] = true
	for _, shown := range conn.ConnectionState().PeerCertificates {
		a.seen[shown.Subject.CommonName] = true
	}
}

// all returns nil when every one of these was seen.
func (a *asked) all(words ...string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, word := range words {
		if !a.seen[word] {
			return fmt.Errorf("the host was not shown %s", word)
		}
	}
	return nil
}

// TestOperatorLeaksNoSecretsOrResponses plants a canary in all that the
// operator is told in confidence, and in all that hosts and name servers say to it, and
// looks for them in all that leaves it, at its most talkative.
func TestOperatorLeaksNoSecretsOrResponses(t *testing.T) {
	w, c, shown := idleWorld(t), canaries{}, &asked{}
	whispers := append(w.inConfidence(t, c, shown), w.said(t, c)...)
	names := w.told(t, c)
	operator := w.Start(t, "talkative", "--kubeconfig="+w.tenantWithReferences(t), "--watch-namespaces="+w.Namespace,
		"--log-level=debug", "--metrics-detail=endpoint", "--enable-references",
		"--allowed-cidrs="+w.Cluster.Node().IPv4.String()+"/32")
	began := time.Now()
	for _, one := range whispers {
		w.Create(t, w.whispered(one))
	}
	for object := range names {
		w.Create(t, object)
	}
	for _, one := range whispers {
		object := w.whispered(one)
		waits.Eventually(t, waits.Timeout, func() error { return w.reasoned(t, object, one.want) })
	}
	for object, reason := range names {
		waits.Eventually(t, waits.Timeout, func() error { return w.reasoned(t, object, reason) })
	}
	if err := shown.all(c["literal header"], c["header of a Secret"], c["header of a ConfigMap"], c["path"], c["client's subject"]); err != nil {
		t.Error(err)
	}
	t.Logf("%d canaries in %d objects, after %s", len(c), len(whispers)+len(names), framework.Ms(time.Since(began)))
	w.showsNothing(t, operator, c)

	// The secrets themselves are broken, which is told in words of ours.
	token, client := w.secret("token"), w.secret("client")
	for _, broken := range []struct {
		words  string
		breaks func()
	}{
		{"headers", func() { changeSecret(t, w, token, "token", c["header of a Secret"]+"\r\n") }},
		{"clientCertificateRef", func() {
			changeSecret(t, w, client, "tls.key", "-----BEGIN "+c.plant("no-key")+"-----\n")
			changeSecret(t, w, token, "token", c["header of a Secret"])
		}},
	} {
		broken.breaks()
		waits.Eventually(t, waits.Timeout, func() error {
			a := framework.Condition(w.Get(t, w.whispered(whispers[0])), v1alpha1.ConditionAccepted)
			if a.Status != metav1.ConditionFalse || !strings.Contains(a.Message, broken.words) {
				return fmt.Errorf("Accepted is %s: %s, want it to name %s", a.Status, a.Message, broken.words)
			}
			return nil
		})
		w.showsNothing(t, operator, c)
	}
}

// inConfidence is a host that is shown all that the operator has been confided.
func (w *World) inConfidence(t *testing.T, c canaries, shown *asked) []whisper {
	t.Helper()
	certificate, key := certified(t, c.plant("certificate"))
	client, clientKey := certified(t, c.plant("client's subject"))
	c.plantPEM("client's key", clientKey)
	c.plantPEM("client's certificate", client)
	c.plantPEM("inline bundle", certificate)
	w.referable(t, "client", map[string]string{"tls.crt": client, "tls.key": clientKey})
	token := w.referable(t, "token", map[string]string{"token": c.plant("header of a Secret")})
	settings := &corev1.ConfigMap{ObjectMeta: token.ObjectMeta, Data: map[string]string{
		"header": c.plant("header of a ConfigMap"), "ca.crt": certificate,
	}}
	settings.Name, settings.ResourceVersion, settings.UID = "settings", "", ""
	w.Create(t, settings)

	w.telltale(t, 9450).within(certificate, key).replies(
		"HTTP/1.1 500 "+c.plant("phrase")+"\r\nX-"+c.plant("header-name")+": "+c.plant("header-value")+"\r\nSet-Cookie: "+c.plant("cookie")+
			"\r\nContent-Length: 100\r\n\r\n"+c.plant("body"), shown.see)
	inline := httpsCheck("/", v1alpha1.TLSVerification{ServerName: "db.example.com", CABundle: certificate})
	confided := httpsCheck("/?token="+c.plant("path"), v1alpha1.TLSVerification{
		ServerName:           "db.example.com",
		CABundleRef:          &v1alpha1.CABundleReference{KeyReference: v1alpha1.KeyReference{Name: "settings", Key: "ca.crt"}},
		ClientCertificateRef: &v1alpha1.SecretReference{Name: "client"},
	})
	confided.HTTP.Headers = []v1alpha1.HTTPHeader{
		{Name: "X-Literal", Value: c.plant("literal header")},
		{Name: "Authorization", ValueFrom: &v1alpha1.HeaderSource{SecretKeyRef: &v1alpha1.KeyReference{Name: "token", Key: "token"}}},
		{Name: "X-Settings", ValueFrom: &v1alpha1.HeaderSource{ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "settings", Key: "header"}}},
	}
	return []whisper{
		{name: "confided", port: 9450, check: confided, want: "UnexpectedStatus"},
		{name: "inline", port: 9450, check: inline, want: "UnexpectedStatus"},
	}
}

// said are hosts that say it in their protocol.
func (w *World) said(t *testing.T, c canaries) []whisper {
	t.Helper()
	certificate, key := certified(t, c.plant("untrusted"))
	other, _ := certified(t, "db.example.com")
	w.telltale(t, 9451).says(c.plant("banner") + "\r\n")
	w.telltale(t, 9452).within(certificate, key).says("")
	w.telltale(t, 9453).calls(t, c.plant("status-message"))
	w.datagrams(t, 9454, c.plant("datagram"))
	w.telltale(t, 9455).replies("HTTP/1.1 302 Found\r\nLocation: http://"+c.plant("location")+".example.com/\r\n\r\n", nil)
	w.telltale(t, 9456).replies("HTTP/1.1 200 OK\r\n\r\n"+c.plant("page")+strings.Repeat(" ", 8<<10), nil)
	w.telltale(t, 9457).replies("HTTP/1.1 "+c.plant("no-status")+"\r\n\r\n", nil)
	w.telltale(t, 9458).replies("HTTP/1.1 200 OK\r\nContent-Length: "+c.plant("length")+"\r\n\r\n", nil)

	verified := v1alpha1.TLSVerification{ServerName: "db.example.com", CABundle: other}
	misnamed := v1alpha1.TLSVerification{ServerName: "other.example.com", CABundle: certificate}
	get := v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{ExpectedStatuses: []v1alpha1.StatusRange{"200"}}}
	page := v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{ExpectedBody: &v1alpha1.ExpectedBody{Contains: "welcome"}}}
	return []whisper{
		{name: "banner", port: 9451, want: "UnexpectedReply", check: v1alpha1.HealthCheck{TCP: &v1alpha1.TCPCheck{
			Send: v1alpha1.Payload(c.plant("sent")), Expect: v1alpha1.Payload(c.plant("expected")),
		}}},
		{name: "banner-for-http", port: 9451, want: "Protocol", check: get},
		{name: "banner-for-tls", port: 9451, want: "TLSHandshake", check: v1alpha1.HealthCheck{TLS: &v1alpha1.TLSCheck{TLSVerification: verified}}},
		{name: "banner-for-grpc", port: 9451, want: "Protocol", check: v1alpha1.HealthCheck{GRPC: &v1alpha1.GRPCCheck{}}},
		{name: "untrusted", port: 9452, want: "CertificateInvalid", check: v1alpha1.HealthCheck{TLS: &v1alpha1.TLSCheck{TLSVerification: verified}}},
		{name: "misnamed", port: 9452, want: "CertificateInvalid", check: v1alpha1.HealthCheck{TLS: &v1alpha1.TLSCheck{TLSVerification: misnamed}}},
		{name: "expiring", port: 9452, want: "CertificateExpiring", check: v1alpha1.HealthCheck{TLS: &v1alpha1.TLSCheck{
			TLSVerification: v1alpha1.TLSVerification{ServerName: "db.example.com", CABundle: certificate}, MinimumValidity: "24h",
		}}},
		{name: "call", port: 9453, want: "NotServing", check: v1alpha1.HealthCheck{GRPC: &v1alpha1.GRPCCheck{Service: c.plant("grpc-service")}}},
		{
			name: "datagram", port: 9454, want: "UnexpectedReply",
			check:  v1alpha1.HealthCheck{UDP: &v1alpha1.UDPCheck{Send: "ping", Expect: "pong"}},
			change: func(o *v1alpha1.ExternalService) { o.Spec.Ports[0].Protocol = corev1.ProtocolUDP },
		},
		{name: "redirect", port: 9455, want: "UnexpectedStatus", check: get},
		{name: "page", port: 9456, want: "UnexpectedBody", check: page},
		{name: "no-status", port: 9457, want: "Protocol", check: get},
		{name: "no-length", port: 9458, want: "Protocol", check: page},
	}
}

// told are names about which the name server says more than it was asked, and the reason
// that is seen of each.
func (w *World) told(t *testing.T, c canaries) map[*v1alpha1.ExternalService]string {
	t.Helper()
	server, text := framework.Nameserver(t), c.plant("txt")
	denied, dangling := c.plant("alias")+".example.com", c.plant("dangling")+".example.com"
	server.Set(denied, framework.LeadingTo("169.254.169.254"))
	server.Set("telling-denied.example.com", resolvetest.Name{TTL: 1, Alias: denied, Text: text})
	server.Set("telling-nothing.example.com", resolvetest.Name{TTL: 1, Alias: dangling, Bare: true, Text: text})
	server.Set("_web._tcp.telling.example.com", resolvetest.Name{TTL: 1, Text: text, Services: []resolvetest.Service{
		{Target: c.plant("target") + ".example.com", Port: 8080},
	}})
	return map[*v1alpha1.ExternalService]string{
		w.ByName("denied-name", "telling-denied.example.com"):    "AddressDenied",
		w.ByName("dangling-name", "telling-nothing.example.com"): "NameNotFound",
		w.ByName("srv-name", "_web._tcp.telling.example.com"):    "NameNotFound",
	}
}

func httpsCheck(path string, verification v1alpha1.TLSVerification) v1alpha1.HealthCheck {
	return v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{
		Scheme: v1alpha1.SchemeHTTPS, Path: path, TLS: &v1alpha1.TLSSettings{TLSVerification: verification},
	}}
}

// whispered is the object.
func (w *World) whispered(one whisper) *v1alpha1.ExternalService {
	object := w.Web(one.name)
	object.Spec.Ports = []v1alpha1.Port{{Name: "told", Port: 80, TargetPort: one.port}}
	object.Spec.Hosts = []v1alpha1.Host{{Address: w.Cluster.Node().IPv4.String()}}
	object.Spec.HealthCheck = one.check
	object.Spec.HealthCheck.Interval, object.Spec.HealthCheck.FastInterval, object.Spec.HealthCheck.Timeout = "1s", "200ms", "1s"
	if one.change != nil {
		one.change(object)
	}
	return object
}

// secret is the Secret of that name, for change to read.
func (w *World) secret(name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name}}
}

// reasoned returns nil when the object's only host is out for that reason.
func (w *World) reasoned(t *testing.T, object *v1alpha1.ExternalService, reason string) error {
	t.Helper()
	endpoints := w.Get(t, object).Status.Endpoints
	if len(endpoints) == 0 {
		return errors.New(object.Name + " has no status yet")
	}
	if endpoints[0].Reason != reason {
		return fmt.Errorf("%s: the host is %s because of %q, want %s", object.Name, endpoints[0].State, endpoints[0].Reason, reason)
	}
	return nil
}
