package sandbox

import (
	"fmt"
	"io"
	"net"
	"os"
)

// Door carries connections from outside into the sandbox: it accepts on the
// machine's own 127.0.0.1, whose listener came in as a file, and connects to
// an address inside.
type Door struct{ listener net.Listener }

// OpenDoor lets callers from outside in, to a TCP address inside. There is
// one door to a sandbox.
func OpenDoor(inside string) (*Door, error) {
	file := os.NewFile(doorDescriptor, "door")
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("taking over the door to the outside, which opens once: %w", err)
	}
	go func() {
		for {
			caller, err := listener.Accept()
			if err != nil {
				return
			}
			go carry(caller, inside)
		}
	}()
	return &Door{listener}, nil
}

// Address is where callers outside find the door.
func (d *Door) Address() string { return d.listener.Addr().String() }

// Close turns further callers away.
func (d *Door) Close() error { return d.listener.Close() }

func carry(caller net.Conn, inside string) {
	defer caller.Close()
	callee, err := net.Dial("tcp", inside)
	if err != nil {
		return
	}
	defer callee.Close()
	go func() {
		io.Copy(callee, caller)
		callee.Close()
	}()
	io.Copy(caller, callee)
}
