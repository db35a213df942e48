package compile_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/probestest"
)

// greedy are hosts that have a probe keep as much as they can, and say no more then. They
// run in another process, so that what they take themselves is not counted.
var greedy = map[string]func(net.Conn){
	"silent":           func(net.Conn) {},
	"silent in TLS":    func(conn net.Conn) { secure(conn) },
	"half a handshake": func(conn net.Conn) { says(conn, serverHello(60<<10)) },
	"half a head":      func(conn net.Conn) { says(conn, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 16000)) },
	"half a body": func(conn net.Conn) {
		says(conn, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 16000)+"\r\n\r\n"+strings.Repeat("x", 8000))
	},
	"half a head in TLS": func(conn net.Conn) {
		says(secure(conn), "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 16000))
	},
	"half a body in TLS": func(conn net.Conn) {
		says(secure(conn), "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 16000)+"\r\n\r\n"+strings.Repeat("x", 8000))
	},
	"half a header block":        func(conn net.Conn) { says(conn, headerBlock) },
	"half a header block in TLS": func(conn net.Conn) { says(secure(conn), headerBlock) },
}

// headerBlock is of HTTP/2: settings, and 15 KiB of a header block without an end.
var headerBlock = "\x00\x00\x00\x04\x00\x00\x00\x00\x00" + "\x00\x00\x00\x01\x00\x00\x00\x00\x01" +
	"\x00\x3c\x00\x09\x00\x00\x00\x00\x01" + strings.Repeat("x", 15<<10)

// serverHello is the beginning of one that is 65,535 bytes long, in records of 15 KiB.
func serverHello(length int) string {
	const record = 15 << 10
	message := "\x02\x00\xff\xff" + strings.Repeat("x", length)
	var records strings.Builder
	for ; len(message) >= record; message = message[record:] {
		records.WriteString("\x16\x03\x03\x3c\x00" + message[:record])
	}
	return records.String()
}

func secure(conn net.Conn) net.Conn {
	pair, err := tls.X509KeyPair([]byte(os.Getenv(greedyCertificate)), []byte(os.Getenv(greedyKey)))
	if err != nil {
		panic(err)
	}
	server := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}})
	_ = server.Handshake() // a probe of another kind says no hello
	return server
}

func says(conn net.Conn, text string) { _, _ = conn.Write([]byte(text)) }

const greedyHost, greedyCertificate, greedyKey = "GREEDY_HOST", "GREEDY_CERTIFICATE", "GREEDY_KEY"

// TestGreedyHost is that other process.
func TestGreedyHost(t *testing.T) {
	behave, asked := greedy[os.Getenv(greedyHost)]
	if !asked {
		t.Skip("is run by TestMaxMemoryBoundsAProbeInFlight")
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(os.Stdout, "listens on", listener.Addr())
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1)) // which ends when the other process does
		os.Exit(0)
	}()
	for {
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			behave(conn)
			_, _ = io.Copy(io.Discard, conn)
		}()
	}
}

// startGreedy starts a process with that host, until the test ends.
func startGreedy(t *testing.T, host string) netip.AddrPort {
	t.Helper()
	certificate, key := probestest.NewAuthority(t).IssueClient(time.Hour)
	process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGreedyHost$")
	process.Env = append(os.Environ(), greedyHost+"="+host, greedyCertificate+"="+string(certificate), greedyKey+"="+string(key))
	stdin, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); _ = process.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return netip.MustParseAddrPort(strings.TrimSpace(strings.TrimPrefix(line, "listens on ")))
}

// memoryInUse is what the heap and the stacks of goroutines take.
func memoryInUse() int64 {
	runtime.GC()
	runtime.GC() // what was kept for the next use is given back by the second
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc + stats.StackInuse)
}

func TestMaxMemoryBoundsAProbeInFlight(t *testing.T) {
	const count = 200
	insecure := &probes.ClientTLS{InsecureSkipVerify: true}
	http, https := get(), get()
	http.HTTP.Matches, https.HTTP.Matches, https.HTTP.TLS = "y", "y", insecure
	checks := map[string]probes.Check{
		"tcp": {TCP: &probes.TCP{Send: []byte("ping"), Expect: []byte("pong")}}, "http": http, "https": https,
		"grpc": {GRPC: &probes.GRPC{}}, "grpc over TLS": {GRPC: &probes.GRPC{TLS: insecure}}, "tls": {TLS: &probes.TLS{ClientTLS: *insecure}},
	}
	for host, kinds := range map[string][]string{
		"silent":                     {"tcp", "http", "https", "grpc", "grpc over TLS", "tls"},
		"silent in TLS":              {"https", "grpc over TLS"},
		"half a handshake":           {"https", "grpc over TLS", "tls"},
		"half a head":                {"http"},
		"half a body":                {"http"},
		"half a head in TLS":         {"https"},
		"half a body in TLS":         {"https"},
		"half a header block":        {"grpc"},
		"half a header block in TLS": {"grpc over TLS"},
	} {
		t.Run(host, func(t *testing.T) {
			target := startGreedy(t, host)
			for _, kind := range kinds {
				check := checks[kind]
				prober := compiled(t, check, probestest.NewDialer())
				before := memoryInUse()
				ctx, cancel := context.WithCancel(t.Context())
				var group sync.WaitGroup
				var ended atomic.Int64
				for range count {
					group.Go(func() { prober.Probe(ctx, target); ended.Add(1) })
				}
				each := settledMemory(before) / count
				if n := ended.Load(); n > 0 {
					t.Errorf("%s: %d of %d probes have ended: nothing is measured", kind, n, count)
				}
				cancel()
				group.Wait()
				bound := int64(check.MaxMemory())
				if strings.HasPrefix(host, "silent") {
					bound = probes.SilentMemory
				}
				if underRaceDetector(t) {
					bound *= 2 // its own stacks and shadow blocks are no memory of a probe
				}
				t.Logf("%-13s %d bytes each, the bound is %d", kind, each, bound)
				if each > bound {
					t.Errorf("%s: a probe in flight takes %d bytes, the bound says %d", kind, each, bound)
				}
			}
		})
	}
}

// settledMemory returns how much memory has come into use, once that is no longer growing.
func settledMemory(before int64) int64 {
	most := int64(0)
	for still := 0; still < 2; still++ {
		<-time.After(100 * time.Millisecond)
		if now := memoryInUse() - before; now > most+most/20 {
			most, still = now, 0
		}
	}
	return most
}

// underRaceDetector says what this binary was built with.
func underRaceDetector(t *testing.T) bool {
	t.Helper()
	built, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the binary does not say how it was built")
	}
	return slices.Contains(built.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
