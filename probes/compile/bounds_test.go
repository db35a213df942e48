package compile_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/probestest"
)

func TestProbeBoundsMemoryOfEndlessResponses(t *testing.T) {
	// Head, body and buffers, each doubled once or twice while they grow, on the
	// prober's side, and what the imitation of a server needs.
	const bound = 256 << 10
	body, pattern := get(), get()
	body.HTTP.Contains = "ok"
	pattern.HTTP.Matches = "ok$"
	noise := strings.Repeat("x", 32<<10)
	tests := []struct {
		sentence string
		server   probestest.Server
		check    probes.Check
	}{
		{"an endless banner", probestest.Pours(noise), probes.Check{TCP: &probes.TCP{Expect: []byte("ok")}}},
		{"an endless header", probestest.AnswersAndPours("HTTP/1.1 200 OK\r\nX: ", noise), get()},
		{"endless headers", probestest.AnswersAndPours("HTTP/1.1 200 OK\r\n", "X: y\r\n"), get()},
		{"an endless body that nobody asked for", probestest.AnswersAndPours("HTTP/1.1 200 OK\r\n\r\n", noise), get()},
		{"an endless body", probestest.AnswersAndPours("HTTP/1.1 200 OK\r\n\r\n", noise), body},
		{"an endless body for a pattern", probestest.AnswersAndPours("HTTP/1.1 200 OK\r\n\r\n", noise), pattern},
		{"endless chunks", probestest.AnswersAndPours("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), body},
		{"endless settings", probestest.Pours("\x00\x00\x00\x04\x00\x00\x00\x00\x00"), probes.Check{GRPC: &probes.GRPC{}}},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			target := test.server(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			ask(t, test.check, target)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > bound {
				t.Errorf("the probe took %d bytes, want at most %d", took, bound)
			}
		})
	}
}
