package resolve

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

// exchange asks one server once, for at most its timeout: by UDP, and by TCP when that
// answer was cut short, when UDP stays silent for half of the time, or when the server
// is known for that. The message is nil when the result is not that of an answer.
func exchange(ctx context.Context, s *server, name string, kind Kind, extended bool) (*message, Result) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	type outcome struct {
		network string
		message *message
		result  Result
	}
	outcomes := make(chan outcome, 2) // no transport waits for its result to be read
	start := func(network string) {
		go func() {
			m, result := askOver(ctx, network, s, name, kind, extended)
			outcomes <- outcome{network, m, result}
		}()
	}
	pending, first, second := 1, "udp", "tcp"
	if s.prefersTCP() {
		first, second = second, first
	}
	start(first)
	fallback := time.NewTimer(s.timeout / 2)
	defer fallback.Stop()
	worst := Timeout
	for started := false; ; {
		select {
		case got := <-outcomes:
			pending--
			if got.message != nil {
				s.answered(got.network)
				return got.message, got.result
			}
			if got.result != Timeout {
				worst = got.result
			}
			over := started || got.result == Truncated || got.result == Broken || ctx.Err() != nil
			if over && pending == 0 {
				return nil, worst
			}
			if !started { // refused or reset: the other transport need not wait
				started, pending = true, pending+1
				start(second)
			}
		case <-fallback.C:
			if !started {
				started, pending = true, pending+1
				start(second)
			}
		}
	}
}

// askOver asks over one transport, and without EDNS when the server refuses it.
func askOver(ctx context.Context, network string, s *server, name string, kind Kind, extended bool) (*message, Result) {
	asked := query(name, kind, extended)
	m, result := ask(ctx, network, s, asked)
	if m != nil && extended && m.refusesEDNS() {
		asked = query(name, kind, false)
		if m, result = ask(ctx, network, s, asked); m != nil && !m.refusesEDNS() {
			s.refusedEDNS()
		}
	}
	if network == "tcp" || result != Truncated {
		if result == Truncated {
			return nil, Truncated
		}
		return m, result
	}
	if full, overTCP := ask(ctx, "tcp", s, asked); full != nil && overTCP != Truncated {
		return full, overTCP
	}
	return nil, Truncated
}

// ask sends one question over one transport and waits for its answer.
func ask(ctx context.Context, network string, s *server, asked *dns.Msg) (*message, Result) {
	packet, err := asked.Pack()
	if err != nil {
		return nil, Broken
	}
	// A socket for each question: its port is as random as the kernel makes it, and
	// a connected one receives from the server alone.
	conn, err := new(net.Dialer).DialContext(ctx, network, s.address.String())
	if err != nil {
		return nil, unsent(err)
	}
	defer conn.Close()
	if deadline, bounded := ctx.Deadline(); bounded {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, Broken
		}
	}
	// A context that is cancelled ends the reads of the socket.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if network == "tcp" {
		return askStream(conn, packet, asked)
	}
	return askDatagram(conn, packet, asked)
}

// askDatagram waits until an answer to the question comes. Anything else could be
// an attempt to be quicker than the server, and does not end the wait.
func askDatagram(conn net.Conn, packet []byte, asked *dns.Msg) (*message, Result) {
	if _, err := conn.Write(packet); err != nil {
		return nil, unsent(err)
	}
	buffer := make([]byte, datagramBuffer)
	failure := Timeout
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return nil, failure
		}
		if m, err := read(buffer[:n], asked); err == nil {
			m.truncated = m.truncated || n == len(buffer)
			return m, m.result()
		}
		failure = Garbage
	}
}

// askStream reads one answer, which two bytes of length make at most 64 KiB.
func askStream(conn net.Conn, packet []byte, asked *dns.Msg) (*message, Result) {
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
	return m, m.result()
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
