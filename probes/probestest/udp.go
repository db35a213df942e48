package probestest

import (
	"net"
	"net/netip"
	"testing"

	"github.com/external-endpoints/operator/probes"
)

// UDP answers each datagram with what answer returns for it; nil: not at all.
func UDP(answer func([]byte) []byte) Server {
	return func(t testing.TB) netip.AddrPort {
		t.Helper()
		socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatalf("listen on loopback: %v", err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			buffer := make([]byte, 64<<10)
			for {
				n, from, err := socket.ReadFromUDPAddrPort(buffer)
				if err != nil {
					return
				}
				if reply := answer(buffer[:n]); reply != nil {
					_, _ = socket.WriteToUDPAddrPort(reply, from)
				}
			}
		}()
		t.Cleanup(func() {
			socket.Close()
			<-ended
		})
		return addrPort(socket.LocalAddr())
	}
}

// UDPEchoes sends back what it gets.
func UDPEchoes() Server { return UDP(func(datagram []byte) []byte { return datagram }) }

// UDPSays answers every datagram with text.
func UDPSays(text string) Server { return UDP(func([]byte) []byte { return []byte(text) }) }

// UDPSilent takes datagrams and never answers.
func UDPSilent() Server { return UDP(func([]byte) []byte { return nil }) }

// UDPClosed returns the address of a UDP port that is not open: datagrams to it are
// answered by ICMP. The port is held by a socket connected elsewhere, so that no other process
// gets it.
func UDPClosed(t testing.TB) netip.AddrPort {
	t.Helper()
	other := UDPSilent()(t)
	socket, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, net.UDPAddrFromAddrPort(other))
	if err != nil {
		t.Fatalf("connect on loopback: %v", err)
	}
	t.Cleanup(func() { socket.Close() })
	return addrPort(socket.LocalAddr())
}

// udpCases are about UDP checks.
func udpCases() []Case {
	check := func(send, expect string) probes.Check {
		return probes.Check{UDP: &probes.UDP{Send: []byte(send), Expect: []byte(expect)}}
	}
	return []Case{
		{Sentence: "an expected datagram is well", Server: UDPEchoes(), Check: check("ping", "ping")},
		{Sentence: "a datagram that holds what is expected is well", Server: UDPSays("a pong!"), Check: check("ping", "pong")},
		{Sentence: "another datagram is an unexpected reply", Server: UDPSays("busy"), Check: check("ping", "pong"), Want: probes.UnexpectedReply},
		{Sentence: "silence where an answer is expected is a timeout", Server: UDPSilent(), Check: check("ping", "pong"), Want: probes.Timeout, Waits: true},
		{Sentence: "silence where none is expected is well", Server: UDPSilent(), Check: check("ping", ""), Waits: true},
		{Sentence: "any answer is well where none is expected", Server: UDPSays("busy"), Check: check("ping", "")},
		{Sentence: "an empty datagram is sent like any other", Server: UDPSays("pong"), Check: check("", "pong")},
		{Sentence: "a closed port refuses a datagram", Server: UDPClosed, Check: check("ping", "pong"), Want: probes.ConnectionRefused},
		{Sentence: "a closed port refuses where no answer is expected", Server: UDPClosed, Check: check("ping", ""), Want: probes.ConnectionRefused},
		{Sentence: "a closed port refuses an empty datagram", Server: UDPClosed, Check: check("", ""), Want: probes.ConnectionRefused},
	}
}
