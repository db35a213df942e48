package externalservice

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/probestest"
)

// canary is the secret that must not be seen.
const canary = "canary-8f3a"

// secretHeader is an HTTPS check that sends the key token of the Secret probe.
func secretHeader(change ...func(*v1alpha1.HTTPCheck)) v1alpha1.HealthCheck {
	http := &v1alpha1.HTTPCheck{
		Scheme: v1alpha1.SchemeHTTPS, Method: "GET", Path: "/", ExpectedStatuses: []v1alpha1.StatusRange{"200"},
		Headers: []v1alpha1.HTTPHeader{{Name: "Authorization", ValueFrom: &v1alpha1.HeaderSource{
			SecretKeyRef: &v1alpha1.KeyReference{Name: "probe", Key: "token"},
		}}},
	}
	for _, apply := range change {
		apply(http)
	}
	spec := check()
	spec.HTTP = http
	return spec
}

func plain(h *v1alpha1.HTTPCheck) { h.Scheme = v1alpha1.SchemeHTTP }

func trusting(h *v1alpha1.HTTPCheck) { h.TLS = &v1alpha1.TLSSettings{InsecureSkipVerify: true} }

func fromConfigMap(h *v1alpha1.HTTPCheck) {
	h.Headers[0].ValueFrom = &v1alpha1.HeaderSource{ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "probe", Key: "token"}}
}

// showing has the check verify by a reference and show a client certificate.
func showing(kind string) v1alpha1.TLSVerification {
	return v1alpha1.TLSVerification{
		CABundleRef:          &v1alpha1.CABundleReference{Kind: kind, KeyReference: v1alpha1.KeyReference{Name: "authority", Key: "ca.crt"}},
		ClientCertificateRef: &v1alpha1.SecretReference{Name: "client"},
	}
}

// leading are referents of an operator that follows references.
func leading(literal bool, data map[string]map[string]string) checks.References {
	r := checks.References{Followed: true, AddressesOnly: literal, Data: map[checks.Reference]map[string]string{}}
	for name, content := range data {
		kind, name, _ := strings.Cut(name, "/")
		r.Data[checks.Reference{Kind: kind, Name: name}] = content
	}
	return r
}

func TestReferencesAreFollowed(t *testing.T) {
	authority := probestest.NewAuthority(t)
	certificate, key := authority.IssueClient(time.Hour)
	r := leading(true, map[string]map[string]string{
		"Secret/probe": {"token": "Bearer 1"}, "ConfigMap/probe": {"token": "2"},
		"ConfigMap/authority": {"ca.crt": authority.Bundle}, "Secret/authority": {"ca.crt": authority.Bundle},
		"Secret/client": {"tls.crt": string(certificate), "tls.key": string(key)},
	})
	want := probes.ClientTLS{CABundle: authority.Bundle, ClientCertificate: certificate, ClientKey: key}
	headers := func(value probes.Secret) []probes.Header {
		return []probes.Header{{Name: "Authorization", Value: value}}
	}
	statuses := []probes.StatusRange{{First: 200, Last: 200}}
	mutual := secretHeader(func(h *v1alpha1.HTTPCheck) { h.TLS = &v1alpha1.TLSSettings{TLSVerification: showing("")} })
	call, handshake := check(), check()
	call.GRPC = &v1alpha1.GRPCCheck{TLS: &v1alpha1.TLSSettings{TLSVerification: showing("ConfigMap")}}
	handshake.TLS = &v1alpha1.TLSCheck{TLSVerification: showing("Secret"), MinimumValidity: "1h"}
	tests := []struct {
		name string
		spec v1alpha1.HealthCheck
		want probes.Check
	}{
		{"a header of a Secret over TLS", secretHeader(), probes.Check{HTTP: &probes.HTTP{Method: "GET", Path: "/", Headers: headers("Bearer 1"), Statuses: statuses, TLS: &probes.ClientTLS{}}}},
		{"a header of a Secret to literal hosts", secretHeader(plain), probes.Check{HTTP: &probes.HTTP{Method: "GET", Path: "/", Headers: headers("Bearer 1"), Statuses: statuses}}},
		{"a header of a ConfigMap", secretHeader(plain, fromConfigMap), probes.Check{HTTP: &probes.HTTP{Method: "GET", Path: "/", Headers: headers("2"), Statuses: statuses}}},
		{"authorities and a client certificate for https", mutual, probes.Check{HTTP: &probes.HTTP{Method: "GET", Path: "/", Headers: headers("Bearer 1"), Statuses: statuses, TLS: &want}}},
		{"the same for grpc", call, probes.Check{GRPC: &probes.GRPC{TLS: &want}}},
		{"the same for tls, with authorities of a Secret", handshake, probes.Check{TLS: &probes.TLS{ClientTLS: want, MinimumValidity: time.Hour}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := checks.For(tt.spec, v1alpha1.Host{Address: "203.0.113.1"}, r)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Timeout = tt.spec.EffectiveTimeout()
			// Compared as text, for a failed test is a log as well.
			if w.Key != tt.want.Key() {
				t.Error("it is another check than was to be expected")
			}
		})
	}
}

func TestAReferenceThatCannotBeFollowedIsNamed(t *testing.T) {
	full := map[string]map[string]string{
		"Secret/probe": {"token": canary, "empty": "", "lines": canary + "\n", "long": strings.Repeat(canary, 1000)},
		"Secret/client": {
			"tls.crt": "-----BEGIN CERTIFICATE-----\n" + canary + "\n-----END CERTIFICATE-----\n",
			"tls.key": "-----BEGIN " + canary + "-----\n" + canary + "\n-----END " + canary + "-----\n",
		},
		"ConfigMap/authority": {"ca.crt": canary}, "Secret/authority": {"ca.crt": "-----BEGIN PRIVATE KEY-----\n" + canary + "\n-----END PRIVATE KEY-----\n"},
	}
	key := func(name, key string) func(*v1alpha1.HTTPCheck) {
		return func(h *v1alpha1.HTTPCheck) {
			h.Headers[0].ValueFrom.SecretKeyRef = &v1alpha1.KeyReference{Name: name, Key: key}
		}
	}
	over := func(v v1alpha1.TLSVerification) v1alpha1.HealthCheck {
		return secretHeader(func(h *v1alpha1.HTTPCheck) { h.TLS = &v1alpha1.TLSSettings{TLSVerification: v} })
	}
	onlyBundle, onlyClient := showing("Secret"), showing("")
	onlyBundle.ClientCertificateRef, onlyClient.CABundleRef = nil, nil
	call := check()
	call.GRPC = &v1alpha1.GRPCCheck{TLS: &v1alpha1.TLSSettings{TLSVerification: showing("")}}
	tests := []struct {
		name string
		spec v1alpha1.HealthCheck
		r    checks.References
		want []string
		// waits: an object may cure it, so that it is not stalled.
		waits bool
	}{
		{"an operator that follows none", secretHeader(), checks.References{AddressesOnly: true}, []string{"http.headers: Authorization: ", "--enable-references"}, false},
		{"an operator that follows none, for certificates", over(showing("")), checks.References{AddressesOnly: true}, []string{"--enable-references"}, false},
		{"no such Secret", secretHeader(key("other", "token")), leading(true, full), []string{"http.headers: Authorization: ", `Secret "other" does not exist`, `external-endpoints.io/probe: "true"`}, true},
		{"a Secret is no ConfigMap", secretHeader(fromConfigMap), leading(true, full), []string{`ConfigMap "probe" does not exist`}, true},
		{"no such key", secretHeader(key("probe", "other")), leading(true, full), []string{`Secret "probe" has nothing under the key "other"`}, true},
		{"an empty key", secretHeader(key("probe", "empty")), leading(true, full), []string{`has nothing under the key "empty"`}, true},
		{"a header of several lines", secretHeader(key("probe", "lines")), leading(true, full), []string{"http.headers.value must be free of line breaks"}, true},
		{"a header that no server takes", secretHeader(key("probe", "long")), leading(true, full), []string{"http.headers: Authorization: ", "at most 8 KiB"}, true},
		{"a Secret in plain text to names", secretHeader(plain), leading(false, full), []string{"http.headers: Authorization: secretKeyRef must be sent over verified TLS"}, false},
		{"a Secret to whoever answers for names", secretHeader(trusting), leading(false, full), []string{"secretKeyRef must be sent over verified TLS"}, false},
		{"authorities that are none", over(v1alpha1.TLSVerification{CABundleRef: showing("ConfigMap").CABundleRef}), leading(true, full), []string{"http.tls.caBundle must be PEM"}, true},
		{"a key in place of authorities", over(onlyBundle), leading(true, full), []string{"http.tls.caBundle must be PEM"}, true},
		{"a client certificate that is none", over(onlyClient), leading(true, full), []string{"http.tls.clientCertificateRef must be"}, true},
		{"no client certificate and no authorities", call, leading(true, nil), []string{`grpc.tls.caBundleRef: ConfigMap "authority"`, `grpc.tls.clientCertificateRef: Secret "client"`}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := object(func(o *v1alpha1.ExternalService) { o.Spec.HealthCheck = tt.spec })
			if !tt.r.AddressesOnly {
				o.Spec.Hosts[0].Address = "db.example.com"
			}
			l := hosts.Endpoints(o.Spec, nil, anybody, tt.r, hosts.Names{})
			if l.Err == nil {
				t.Fatal("it is accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(l.Err.Error(), want) {
					t.Errorf("%q does not say %q", l.Err, want)
				}
			}
			a := desired.Accept(factsOf(o)).WithLayout(l)
			if a.Reason != v1alpha1.ReasonInvalidHost || a.Stalled == tt.waits || a.Action != desired.Publish {
				t.Errorf("accepted as %+v", a)
			}
			encoded, err := json.Marshal(l.Endpoints[0].Check.Probe)
			if err != nil {
				t.Fatal(err)
			}
			if shown := fmt.Sprintf("%v %+v %s", a, l.Err, encoded); strings.Contains(shown, canary) {
				t.Errorf("the secret is told: %s", shown)
			}
		})
	}
}

// A header of a ConfigMap is no secret.
func TestAConfigMapMayGoInPlainText(t *testing.T) {
	r := leading(false, map[string]map[string]string{"ConfigMap/probe": {"token": "1"}})
	if _, err := checks.For(secretHeader(plain, fromConfigMap), v1alpha1.Host{Address: "203.0.113.1"}, r); err != nil {
		t.Error(err)
	}
}

func TestWhatASpecRefersTo(t *testing.T) {
	own := secretHeader(fromConfigMap)
	own.HTTP.TLS = &v1alpha1.TLSSettings{TLSVerification: showing("Secret")}
	web := webPort
	web.HealthCheck = &own
	o := object(withPorts(pgPort, web, v1alpha1.Port{Name: "again", Port: 9}))
	o.Spec.HealthCheck = secretHeader()
	want := []string{"ConfigMap/probe", "Secret/authority", "Secret/client", "Secret/probe"}
	if diff := cmp.Diff(want, referencesIn(o)); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
}

func TestOnlyReferrersAreWokenByASecret(t *testing.T) {
	referring := func(namespace, name string, spec v1alpha1.HealthCheck) *v1alpha1.ExternalService {
		return object(func(o *v1alpha1.ExternalService) {
			o.Namespace, o.Name, o.Spec.HealthCheck = namespace, name, spec
		})
	}
	c := newCluster(t, referring("shop", "a", secretHeader()), referring("shop", "b", check()),
		referring("web", "a", secretHeader()), referring("shop", "c", secretHeader(fromConfigMap)))
	for kind, want := range map[string]string{checks.KindSecret: "shop/a", checks.KindConfigMap: "shop/c"} {
		queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
		defer queue.ShutDown()
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "probe"}}
		c.r.mapToReferencing(kind).Create(t.Context(), event.CreateEvent{Object: secret}, queue)
		if queue.Len() != 1 {
			t.Fatalf("a %s wakes %d", kind, queue.Len())
		}
		if request, _ := queue.Get(); request.String() != want {
			t.Errorf("a %s wakes %s, want %s", kind, request, want)
		}
	}
}
