package epoll_test

import (
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/probestest"
)

func TestNoGoroutineIsLeftWhenNothingRuns(t *testing.T) {
	runner := newLoop(t)
	ask(t, runner, connect, probestest.Silent()(t))
	deadline := time.After(5 * time.Second)
	for {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !strings.Contains(string(stacks), "loop.(*loop).run") {
			return
		}
		select {
		case <-deadline:
			t.Fatal("the loop's goroutine outlives its probes")
		case <-time.After(time.Millisecond):
		}
	}
}

// A connect check ends before the handshake does: the host's accept never returns.
func TestAConnectCheckLeavesNoTraceInTheHostsLog(t *testing.T) {
	accepted := make(chan struct{}, 1)
	target := probestest.Serve(func(net.Conn) { accepted <- struct{}{} })(t)
	for range 20 {
		ask(t, newLoop(t), connect, target)
	}
	select {
	case <-accepted:
		t.Error("the host saw a connection")
	case <-time.After(100 * time.Millisecond):
	}
}
