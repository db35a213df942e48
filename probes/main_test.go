package probes_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/probestest"
)

// TestMain fails when a probe leaves a goroutine behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leftGoroutines(5 * time.Second); len(left) > 0 && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines left by probes:\n%s\n", bytes.Join(left, []byte("\n\n")))
		code = 1
	}
	os.Exit(code)
}

// leftGoroutines returns the stacks of goroutines within this package's code, apart
// from its own. Goroutines that are just ending get until patience is over.
func leftGoroutines(patience time.Duration) [][]byte {
	deadline := time.After(patience)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		var left [][]byte
		for _, stack := range bytes.Split(stacks, []byte("\n\n"))[1:] {
			if bytes.Contains(stack, []byte("external-endpoints/operator/probes")) {
				left = append(left, stack)
			}
		}
		if len(left) == 0 {
			return nil
		}
		select {
		case <-deadline:
			return left
		case <-again.C:
		}
	}
}

// compile returns the prober of a check, with a timeout that only matters where a
// test hangs.
func compile(t testing.TB, check probes.Check, dialer *probes.Dialer) probes.Prober {
	t.Helper()
	check.Timeout = time.Minute
	prober, err := probes.Compile(check, dialer)
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
	return compile(t, check, probestest.NewDialer()).Probe(ctx, target)
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
