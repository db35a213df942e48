package install

import (
	"net"
	"testing"
)

func TestFreeAddressIsUniqueAndUnused(t *testing.T) {
	given := map[string]bool{}
	for range 100 {
		address, err := FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if given[address] {
			t.Fatalf("%s was given before", address)
		}
		given[address] = true
	}
	taken := firstPort + (portsTaken.Load()+1)%manyPorts
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(taken)})
	if err != nil {
		t.Skip("somebody else listens there: ", err)
	}
	defer listener.Close()
	if address, err := FreeAddress(); err != nil || address == listener.Addr().String() {
		t.Errorf("got %q, %v", address, err)
	}
}
