package operator

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// TestMetricsAreServedWithTheGivenCertificate: a client that verifies it gets an answer
// (that it needs a token), and refuses the certificate that a process makes for itself.
func TestMetricsAreServedWithTheGivenCertificate(t *testing.T) {
	folder := t.TempDir()
	roots := writeCertificate(t, folder, "metrics.example")
	for name, c := range map[string]struct {
		path     string
		verified bool
	}{"given": {folder, true}, "made by the process": {"", false}} {
		t.Run(name, func(t *testing.T) {
			server, err := metricsserver.NewServer(metricsOptions(Options{
				MetricsBindAddress: "127.0.0.1:0", MetricsSecure: true, MetricsCertPath: c.path,
			}), &rest.Config{Host: "http://127.0.0.1:1"}, http.DefaultClient)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- server.Start(ctx) }()
			defer func() {
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}()
			address, again, deadline := "", time.Tick(10*time.Millisecond), time.After(10*time.Second)
			for address == "" {
				select {
				case <-again:
					address = server.(interface{ GetBindAddr() string }).GetBindAddr()
				case <-deadline:
					t.Fatal("the metrics server does not listen")
				}
			}
			client := &http.Client{Transport: &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "metrics.example"}, DisableKeepAlives: true,
			}}
			response, err := client.Get("https://" + address + "/metrics")
			if err == nil {
				defer response.Body.Close()
			}
			if verified := err == nil && response.StatusCode == http.StatusUnauthorized; verified != c.verified {
				t.Errorf("verified is %t, want %t: %v", verified, c.verified, err)
			}
		})
	}
}

// writeCertificate makes a certificate of a name and returns what verifies it.
func writeCertificate(t *testing.T, folder, name string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	encodedKey, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		"tls.crt": {Type: "CERTIFICATE", Bytes: certificate}, "tls.key": {Type: "PRIVATE KEY", Bytes: encodedKey},
	} {
		if err := os.WriteFile(filepath.Join(folder, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
	return roots
}
