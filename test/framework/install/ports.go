package install

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"syscall"
)

// Ports from here on are tried in turn. They are below those that the kernel gives
// to outgoing connections and to listeners at port 0: one that it gives may be given
// again, to the next caller, before it is listened at.
const (
	firstPort = 20_000
	manyPorts = 10_000
)

// portsTaken begins elsewhere in each process: two may share a network.
var portsTaken atomic.Uint32

func init() { portsTaken.Store(uint32(os.Getpid()) * 101) }

// FreeAddress returns a loopback address, host and port, without a listener. No two
// calls of one process return the same.
func FreeAddress() (string, error) {
	for range manyPorts {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+portsTaken.Add(1)%manyPorts)
		listener, err := net.Listen("tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("find a free port: %w", err)
		}
		return address, listener.Close()
	}
	return "", errors.New("find a free port: none is")
}
