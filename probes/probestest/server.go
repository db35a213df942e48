package probestest

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/netprobe"
)

// Server starts a host on loopback that lasts as long as the test.
type Server func(testing.TB) netip.AddrPort

// NewDialer returns a dialer that reaches every address, loopback too, where the
// servers of this package are.
func NewDialer() *netprobe.Dialer {
	return netprobe.NewDialer(func(netip.Addr) error { return nil })
}

// letGo is how long a prober may take to close a connection after its probe: it
// should be no time at all, and this only decides how long a failing test takes.
const letGo = 10 * time.Second

// Serve returns a server that handles each TCP connection in a goroutine of its own
// and closes it afterwards. When the test ends every connection must be closed by
// the prober, or by handle: one that stays open is reported as leaked.
func Serve(handle func(net.Conn)) Server {
	return func(t testing.TB) netip.AddrPort {
		t.Helper()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("listen on loopback: %v", err)
		}
		serveOn(t, listener, handle)
		return addrPort(listener.Addr())
	}
}

// serveOn accepts connections until the test ends.
func serveOn(t testing.TB, listener net.Listener, handle func(net.Conn)) {
	var mu sync.Mutex
	open := map[net.Conn]struct{}{}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[conn] = struct{}{}
			mu.Unlock()
			group.Go(func() {
				handle(conn)
				conn.Close()
				mu.Lock()
				delete(open, conn)
				mu.Unlock()
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		ended := make(chan struct{})
		go func() {
			group.Wait()
			close(ended)
		}()
		select {
		case <-ended:
			return
		case <-time.After(letGo):
		}
		mu.Lock()
		t.Errorf("%d connections were not closed by the prober", len(open))
		for conn := range open {
			conn.Close()
		}
		mu.Unlock()
		<-ended
	})
}

// Closed returns the address of a TCP port without a listener. It is held by
// a socket that does not, so that no one else gets it.
func Closed(t testing.TB) netip.AddrPort {
	t.Helper()
	// The local port of an established connection: bound, so no other socket can take it, and
	// not listening, so a new connection to it is refused.
	held := make(chan net.Conn, 1)
	target := Serve(func(conn net.Conn) {
		held <- conn
		drain(conn)
	})(t)
	conn, err := net.Dial("tcp", target.String())
	if err != nil {
		t.Fatalf("connect on loopback: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	<-held
	return addrPort(conn.LocalAddr())
}

// drain reads until the other side closes.
func drain(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// reset closes a connection so that the other side sees a reset.
func reset(conn net.Conn) {
	if stream, ok := conn.(*net.TCPConn); ok {
		_ = stream.SetLinger(0)
	}
	conn.Close()
}

// pour writes piece over and over, until the other side closes.
func pour(conn net.Conn, piece []byte) {
	for {
		if _, err := conn.Write(piece); err != nil {
			return
		}
	}
}

// trickle writes one byte at a time, slower than any test's timeout.
func trickle(conn net.Conn, text string) {
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for _, b := range []byte(text) {
		if _, err := conn.Write([]byte{b}); err != nil {
			return
		}
		<-pace.C
	}
	drain(conn)
}

func addrPort(addr net.Addr) netip.AddrPort { return netip.MustParseAddrPort(addr.String()) }
