package faults

import (
	"fmt"
	"net"
	"testing"
)

// outside is a host that accepts connections at its address and the port of its
// world.
type outside struct {
	address  string
	listener net.Listener // nil while the host is down
}

// hostUp starts the n-th host of the world, or starts it again.
func (w *World) hostUp(t *testing.T, n int) string {
	t.Helper()
	address := hostAddress(n)
	listener, err := net.Listen("tcp", fmt.Sprintf("%s:%d", address, w.Port))
	if err != nil {
		t.Fatal(err)
	}
	w.hosts[address] = &outside{address: address, listener: listener}
	go serve(listener)
	return address
}

// serve accepts connections until the listener is closed.
func serve(listener net.Listener) {
	for {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		c.Close()
	}
}

// hostDown has connections to the host be refused.
func (w *World) hostDown(n int) { w.hosts[hostAddress(n)].down() }

func (o *outside) down() { o.listener.Close() }

// hostAddress is the address of the n-th host, counted from one.
func hostAddress(n int) string { return fmt.Sprintf("198.51.100.%d", n) }

// hostAddresses are those of the first n hosts.
func hostAddresses(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = hostAddress(i + 1)
	}
	return all
}
