package cluster

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/controlplane"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// startTimeout is many times what a start takes, for machines with other
// things to do. It does not count building the programs.
const startTimeout = 90 * time.Second

// StartAPIServer starts an API server on the loopback, for tests of what it
// accepts. It needs no sandbox, has neither controllers nor traffic, and
// stops with the test. Admission plugins are on beside those that always are.
func StartAPIServer(t testing.TB, admissionPlugins ...string) *APIServer {
	t.Helper()
	server, err := newStandalone(admissionPlugins)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func newStandalone(admissionPlugins []string) (*APIServer, error) {
	paths, err := programs.Find(context.Background(), os.Stderr, programs.Etcd, programs.APIServer, programs.Kubectl)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	directory, err := newDirectory(os.TempDir())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	return newAPIServer(ctx, controlplane.Config{
		Directory: directory,
		Programs:  paths,
		Address:   netip.MustParseAddr("127.0.0.1"),
		Port:      port,
		Audit:     controlplane.AuditMetadata,

		AdmissionPlugins: admissionPlugins,
	})
}

// freePort finds a port without a listener. The next call
// gets another one.
func freePort() (uint16, error) {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).AddrPort().Port(), nil
}
