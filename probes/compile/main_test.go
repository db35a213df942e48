package compile_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/netprobe"
	"github.com/external-endpoints/operator/probes/probestest"
)

func TestMain(m *testing.M) { probestest.Main(m) }

// compiled returns the prober of a check, with a timeout that only matters where a
// test hangs.
func compiled(t testing.TB, check probes.Check, dialer *netprobe.Dialer) probes.Prober {
	t.Helper()
	check.Timeout = time.Minute
	prober, err := compile.Prober(check, dialer)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	return prober
}

// ask compiles check and probes target with it, within a minute.
func ask(t testing.TB, check probes.Check, target netip.AddrPort) probes.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return compiled(t, check, probestest.NewDialer()).Probe(ctx, target)
}

// get is an HTTP check for 200.
func get() probes.Check {
	return probes.Check{HTTP: &probes.HTTP{Method: "GET", Path: "/", Statuses: []probes.StatusRange{{First: 200, Last: 200}}}}
}

// everyKind holds one check of every kind that uses the network.
func everyKind() map[string]probes.Check {
	insecure := probes.ClientTLS{InsecureSkipVerify: true}
	https := get()
	https.HTTP.TLS = &insecure
	return map[string]probes.Check{
		"tcp":   {TCP: &probes.TCP{}},
		"talk":  {TCP: &probes.TCP{Send: []byte("ping"), Expect: []byte("pong")}},
		"http":  get(),
		"https": https,
		"grpc":  {GRPC: &probes.GRPC{}},
		"tls":   {TLS: &probes.TLS{ClientTLS: insecure}},
		"udp":   {UDP: &probes.UDP{Send: []byte("ping"), Expect: []byte("pong")}},
	}
}
