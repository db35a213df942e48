package host

import (
	"fmt"
	"net"
)

// serveUDP answers datagrams; every fault of a host is silence here.
func serveUDP(name string, port Port, f *faults) error {
	socket, err := net.ListenPacket("udp", fmt.Sprintf(":%d", port.Number))
	if err != nil {
		return err
	}
	go func() {
		datagram := make([]byte, 64<<10)
		for {
			n, from, err := socket.ReadFrom(datagram)
			if err != nil {
				return
			}
			if f.of(port.Check).Kind == kindNone {
				socket.WriteTo(append([]byte(name+" "), datagram[:n]...), from)
			}
		}
	}()
	return nil
}
