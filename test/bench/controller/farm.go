package main

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// farmPort is where all hosts answer.
const farmPort = 8080

// farmRange has the hosts' addresses. It is for benchmarks of network devices, so that
// no policy has anything against it, and the whole of it is ours in the sandbox.
var farmRange = netip.MustParsePrefix("198.18.0.0/15")

// address is that of the n-th host.
func address(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{198, 18 + byte(n>>16), byte(n >> 8), byte(n)})
}

// number is which host has the address.
func number(a netip.Addr) int {
	b := a.As4()
	return int(b[1]-18)<<16 | int(b[2])<<8 | int(b[3])
}

// decisive is how many answers in a row turn a verdict, either way.
const decisive = 2

// answering is what a host of the farm answers.
type answering struct {
	bad bool
	// answers since it was turned; the decisive one was given at decided.
	answers int
	decided time.Time
}

// farm answers HTTP for all hosts behind one listener, and can turn each of them.
type farm struct {
	listener net.Listener
	mu       sync.Mutex
	hosts    map[int]*answering
}

// newFarm takes the whole range as addresses of this machine.
func newFarm() (*farm, error) {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return nil, err
	}
	all := &net.IPNet{IP: farmRange.Addr().AsSlice(), Mask: net.CIDRMask(farmRange.Bits(), 32)}
	route := netlink.Route{LinkIndex: loopback.Attrs().Index, Dst: all, Type: unix.RTN_LOCAL, Scope: unix.RT_SCOPE_HOST, Table: unix.RT_TABLE_LOCAL}
	if err := netlink.RouteReplace(&route); err != nil {
		return nil, fmt.Errorf("take %s for the hosts: %w", farmRange, err)
	}
	f := &farm{hosts: map[int]*answering{}}
	if f.listener, err = net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", farmPort)); err != nil {
		return nil, err
	}
	go f.serve()
	return f, nil
}

func (f *farm) close() { _ = f.listener.Close() }

func (f *farm) serve() {
	for {
		connection, err := f.listener.Accept()
		if err != nil {
			return
		}
		go f.answer(connection.(*net.TCPConn))
	}
}

var (
	well = []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
	ill  = []byte("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
)

func (f *farm) answer(connection *net.TCPConn) {
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
	buffer, length := make([]byte, 1024), 0
	for !bytes.Contains(buffer[:length], []byte("\r\n\r\n")) {
		n, err := connection.Read(buffer[length:])
		if err != nil {
			return
		}
		length += n
	}
	text := well
	if f.asked(number(connection.LocalAddr().(*net.TCPAddr).AddrPort().Addr())) {
		text = ill
	}
	_, _ = connection.Write(text)
}

// asked counts a request and returns whether it is a bad one.
func (f *farm) asked(n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.hosts[n]
	if h == nil {
		return false
	}
	if h.answers++; h.answers == decisive {
		h.decided = time.Now()
	}
	return h.bad
}

// turn switches the host between bad and good answers.
func (f *farm) turn(n int, bad bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hosts[n] = &answering{bad: bad}
}

// decided is when the host gave the answer that decided since it was turned; zero: it
// has not yet.
func (f *farm) decided(n int) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.hosts[n]; h != nil {
		return h.decided
	}
	return time.Time{}
}

// latest is when the latest decisive answer of an object's hosts was given between two
// moments, of those that they gave since they were turned last; zero: none was.
func (f *farm) latest(first int, after, before time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	latest := after
	for n := first; n < first+hostsEach; n++ {
		if h := f.hosts[n]; h != nil && h.decided.Before(before) && h.decided.After(latest) {
			latest = h.decided
		}
	}
	if latest.Equal(after) {
		return time.Time{}
	}
	return latest
}
