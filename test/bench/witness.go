package main

import (
	"fmt"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// arrival is a connection attempt.
type arrival struct {
	target int
	at     time.Duration // since the epoch, by the kernel's clock
}

// witness sees every connection attempt to the farm as it passes the loopback
// interface. Accepting would not show it: a connect check that answers SYN/ACK with a
// reset is never accepted.
type witness struct {
	mu       sync.Mutex
	arrivals []arrival
}

// attempts passes IPv4 TCP packets to 127.1.0.0/16 with SYN and without ACK, once:
// loopback shows every packet as outgoing, too.
var attempts = []unix.SockFilter{
	{Code: 0x28, K: 0xfffff000 + 4}, // ldh packet type
	{Code: 0x15, Jt: 6, K: 4},       // outgoing: drop
	{Code: 0x28, K: 16},             // ldh destination, upper half
	{Code: 0x15, Jf: 4, K: 127<<8 | 1},
	{Code: 0x30, K: 33}, // ldb TCP flags
	{Code: 0x54, K: 0x12},
	{Code: 0x15, Jf: 1, K: 0x02},
	{Code: 0x06, K: 64}, // accept
	{Code: 0x06, K: 0},
}

func newWitness() (*witness, error) {
	const everyIP = 0x0008 // ETH_P_IP in network order
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, everyIP)
	if err != nil {
		return nil, fmt.Errorf("a packet socket (root is needed): %w", err)
	}
	program := unix.SockFprog{Len: uint16(len(attempts)), Filter: &attempts[0]}
	if err := unix.SetsockoptSockFprog(socket, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program); err != nil {
		return nil, fmt.Errorf("attach a filter: %w", err)
	}
	_ = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20)
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return nil, err
	}
	w := &witness{}
	go w.watch(socket)
	return w, nil
}

func (w *witness) watch(socket int) {
	packet, control := make([]byte, 64), make([]byte, 128)
	for {
		length, controlLength, _, _, err := unix.Recvmsg(socket, packet, control, 0)
		if err != nil || length < 20 || controlLength < unix.CmsgLen(16) {
			continue
		}
		stamp := (*unix.Timespec)(unsafe.Pointer(&control[unix.CmsgLen(0)]))
		w.mu.Lock()
		w.arrivals = append(w.arrivals, arrival{int(packet[18])<<8 | int(packet[19]), time.Duration(stamp.Nano())})
		w.mu.Unlock()
	}
}

// reset forgets what was seen.
func (w *witness) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arrivals = w.arrivals[:0:0]
}

// seen returns what was seen since the latest reset.
func (w *witness) seen() []arrival {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]arrival(nil), w.arrivals...)
}
