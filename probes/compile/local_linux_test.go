package compile_test

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/probestest"
)

// What is wrong with this machine must never count against a host: these are the
// ways in which a prober could take every host down at once.

func TestWithoutFileDescriptorsNoHostFails(t *testing.T) {
	target := probestest.Closed(t)
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 0, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	for kind, check := range everyKind() {
		if outcome := ask(t, check, target); outcome.Result != probes.Inconclusive || outcome.Err == nil {
			t.Errorf("%s: %+v, want an inconclusive outcome with an error", kind, outcome)
		}
	}
}

func TestWithoutNetworkNoHostFails(t *testing.T) {
	ended := make(chan string, 1)
	go func() {
		// The thread keeps its empty network namespace, so it must end with this
		// goroutine: it is locked and never unlocked.
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			ended <- fmt.Sprintf("this needs a network namespace: %v", err)
			return
		}
		for kind, check := range everyKind() {
			for _, host := range []string{"192.0.2.1:80", "[2001:db8::1]:80"} {
				outcome := ask(t, check, netip.MustParseAddrPort(host))
				if outcome.Result != probes.Inconclusive || outcome.Err == nil {
					t.Errorf("%s to %s: %+v, want an inconclusive outcome with an error", kind, host, outcome)
				}
			}
		}
		ended <- ""
	}()
	if skip := <-ended; skip != "" {
		t.Skip(skip)
	}
}

func TestProbesLeaveNoTimeWait(t *testing.T) {
	const rounds = 20
	servers := map[string]probestest.Server{
		"tcp":   probestest.Silent(),
		"talk":  probestest.Says("pong"),
		"http":  probestest.Answers(probestest.OK("ok")),
		"https": probestest.Says("no TLS here"),
		"grpc":  probestest.GRPC(probestest.Serves(healthv1.HealthCheckResponse_SERVING)),
		"tls":   probestest.Handshakes(probestest.NewAuthority(t).Issue(time.Hour)),
	}
	checks := everyKind()
	for kind, server := range servers {
		target := server(t)
		// Ports are used again: what earlier tests left behind is not ours.
		before := connections(t)
		for range rounds {
			ask(t, checks[kind], target)
		}
		for pair, state := range connections(t) {
			_, known := before[pair]
			if state == timeWait && !known && strings.HasSuffix(pair, fmt.Sprintf(":%04X", target.Port())) {
				t.Errorf("%s: a probe left a TIME_WAIT behind: %s", kind, pair)
			}
		}
	}
}

// timeWait is how /proc writes the state.
const timeWait = "06"

// connections returns the state of every IPv4 connection, by "local remote" in
// hexadecimal.
func connections(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open("/proc/self/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	states := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 3 { // number, local, remote, state, ...
			states[fields[1]+" "+fields[2]] = fields[3]
		}
	}
	return states
}
