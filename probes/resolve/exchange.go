package resolve

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

// perTry is how long one server may take for one answer over one transport.
const perTry = 2 * time.Second

// exchange asks one server once: by UDP, and by TCP when that answer was cut short.
// The message is nil when the result is not that of an answer.
func exchange(ctx context.Context, server netip.AddrPort, name string, kind Kind) (*dns.Msg, Result) {
	asked := query(name, kind, true)
	m, result := ask(ctx, "udp", server, asked)
	if m != nil && m.Rcode == dns.RcodeFormatError {
		// An old server that does not know EDNS (RFC 6891, section 6.2.2).
		asked = query(name, kind, false)
		m, result = ask(ctx, "udp", server, asked)
	}
	if result != Truncated {
		return m, result
	}
	if full, overTCP := ask(ctx, "tcp", server, asked); full != nil {
		return full, overTCP
	}
	return nil, Truncated
}

// ask sends one question over one transport and waits for its answer.
func ask(ctx context.Context, network string, server netip.AddrPort, asked *dns.Msg) (*dns.Msg, Result) {
	ctx, cancel := context.WithTimeout(ctx, perTry)
	defer cancel()
	packet, err := asked.Pack()
	if err != nil {
		return nil, Broken
	}
	// A socket for each question: its port is as random as the kernel makes it, and
	// being connected it hears nobody else.
	conn, err := new(net.Dialer).DialContext(ctx, network, server.String())
	if err != nil {
		return nil, unsent(err)
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, Broken
	}
	// Whoever stops waiting stops the socket.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if network == "tcp" {
		return askStream(conn, packet, asked)
	}
	return askDatagram(conn, packet, asked)
}

// askDatagram waits until an answer to the question comes. Anything else could be
// an attempt to be quicker than the server, and does not end the wait.
func askDatagram(conn net.Conn, packet []byte, asked *dns.Msg) (*dns.Msg, Result) {
	if _, err := conn.Write(packet); err != nil {
		return nil, unsent(err)
	}
	buffer := make([]byte, math.MaxUint16)
	failure := Timeout
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return nil, failure
		}
		if m, err := read(buffer[:n], asked); err == nil {
			return m, judge(m)
		}
		failure = Garbage
	}
}

// askStream reads one answer, which two bytes of length make at most 64 KiB.
func askStream(conn net.Conn, packet []byte, asked *dns.Msg) (*dns.Msg, Result) {
	framed := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(packet)), uint16(len(packet)))
	if _, err := conn.Write(append(framed, packet...)); err != nil {
		return nil, unsent(err)
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, Timeout
	}
	answer := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, answer); err != nil {
		return nil, Timeout
	}
	m, err := read(answer, asked)
	if err != nil {
		return nil, Garbage
	}
	return m, judge(m)
}

// ours are the errors that say nothing about a server: there was no socket, port,
// memory or permission for the question.
var ours = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS, syscall.ENOMEM, syscall.EACCES, syscall.EPERM,
	syscall.EAFNOSUPPORT,
}

// unsent is the result of a question that could not be sent.
func unsent(err error) Result {
	for _, candidate := range ours {
		if errors.Is(err, candidate) {
			return Broken
		}
	}
	return Timeout
}
