package netprobe

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"
)

func TestValidUntil(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	certificate := func(days int) *x509.Certificate {
		return &x509.Certificate{NotAfter: now.AddDate(0, 0, days)}
	}
	leaf, root, oldRoot, intermediate := certificate(90), certificate(1000), certificate(5), certificate(30)
	tests := []struct {
		sentence string
		state    tls.ConnectionState
		days     int
	}{
		{"the host's certificate ends first", tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{leaf, root}}}, 90},
		{"an intermediate certificate ends first", tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{leaf, intermediate, root}}}, 30},
		{"the root ends first", tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{leaf, oldRoot}}}, 5},
		{"another chain outlasts the root that ends", tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{leaf, oldRoot}, {leaf, intermediate, root}}}, 30},
		{"without verification only the host's own counts", tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf, oldRoot}}, 90},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			if got, want := validUntil(test.state), now.AddDate(0, 0, test.days); !got.Equal(want) {
				t.Errorf("valid until %s, want %s", got, want)
			}
		})
	}
}
