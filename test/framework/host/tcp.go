package host

import (
	"fmt"
	"io"
	"net"
	"time"
)

// serveTCP greets with the host's name and echoes.
func serveTCP(name string, port Port, f *faults) error {
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port.Number))
	if err != nil {
		return err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				fault := f.of(port.Check)
				if fault.Kind != kindNone && fault.Kind != kindStatus {
					misbehave(connection, fault.Kind, name+"\n")
					return
				}
				defer connection.Close()
				fmt.Fprintln(connection, name)
				io.Copy(connection, connection)
			}()
		}
	}()
	return nil
}

// misbehave holds, resets or spins out a connection, and closes it in the
// end.
func misbehave(connection net.Conn, how kind, answer string) {
	defer connection.Close()
	switch how {
	case kindReset:
		if tcp, ok := connection.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
	case kindHang:
		io.Copy(io.Discard, connection) // until the caller gives up
	case kindTrickle:
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for i := range len(answer) {
			<-tick.C
			if _, err := connection.Write([]byte(answer[i : i+1])); err != nil {
				return
			}
		}
	case kindNone, kindStatus:
	}
}
