package resolve

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

// exchange queries one server once, for at most its timeout: by UDP, and by TCP when that answer
// was truncated, when UDP does not answer for half of the time, or when the server is known for
// that. The message is nil when there was no answer.
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

// askOver queries over one transport, and without EDNS if the server rejects it.
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

const (
	// payload is the UDP answer size that EDNS announces: it crosses every network without
	// fragmentation.
	payload = 1232
	// datagramBuffer is how much of one datagram is read, in bytes. Servers that ignore the
	// announced size send at most 4096 bytes; a larger datagram counts as truncated.
	datagramBuffer = 4096
	// headerSize is the size of a DNS header.
	headerSize = 12
)

// errForeign: the message does not answer the question.
var errForeign = errors.New("not an answer to the question")

// query builds the question for one kind of record of an absolute name.
func query(name string, kind Kind, extended bool) *dns.Msg {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), uint16(kind)) // with a random id
	if extended {
		m.SetEdns0(payload, false)
	}
	return m
}

// message is an answer whose records have not been read. A message of 64 KiB holds
// thousands of records that take megabytes once they are all unpacked, so that they
// are unpacked one by one.
type message struct {
	packet    []byte
	truncated bool
	rcode     int
	records   int // in the answer section
	offset    int // of the answer section
}

// read reads the header and the question of an answer. It fails when the bytes are no
// DNS message, or one that answers something else: such a message does not end the wait
// for the answer.
//
// Old servers refuse what they do not understand with a header alone. Such an error
// with the right id is an answer: it has no record that could be forged.
func read(packet []byte, asked *dns.Msg) (*message, error) {
	if len(packet) < headerSize {
		return nil, errForeign
	}
	word := func(at int) uint16 { return binary.BigEndian.Uint16(packet[at:]) }
	flags := word(2)
	const response, opcode, truncated, rcode = 1 << 15, 0xf << 11, 1 << 9, 0xf
	if flags&response == 0 || word(0) != asked.Id || flags&opcode != dns.OpcodeQuery<<11 {
		return nil, errForeign
	}
	m := &message{
		packet: packet, truncated: flags&truncated != 0, rcode: int(flags & rcode), records: int(word(6)), offset: headerSize,
	}
	questions := word(4)
	if questions == 1 {
		name, offset, err := dns.UnpackDomainName(packet, headerSize)
		if err != nil {
			return nil, err
		}
		want := asked.Question[0]
		if len(packet) < offset+4 || !strings.EqualFold(name, want.Name) || word(offset) != want.Qtype || word(offset+2) != want.Qclass {
			return nil, errForeign
		}
		m.offset = offset + 4
	}
	if m.records == 0 && m.rcode == dns.RcodeSuccess {
		m.rcode = m.extendedRcode(int(word(8)) + int(word(10)))
	}
	if questions != 1 && (questions != 0 || m.records > 0 || !isRefusal(m.rcode)) {
		return nil, errForeign
	}
	return m, nil
}

// isRefusal reports whether the code is one that a server may send without the question.
func isRefusal(rcode int) bool {
	switch rcode {
	case dns.RcodeFormatError, dns.RcodeServerFailure, dns.RcodeNotImplemented, dns.RcodeRefused, dns.RcodeBadVers:
		return true
	}
	return false
}

// extendedRcode is the code of an answer without records, of which an OPT record holds
// the upper bits: BADVERS looks like success without it. rest is the number of records
// in the sections behind the answer.
func (m *message) extendedRcode(rest int) int {
	for offset := m.offset; rest > 0; rest-- {
		rr, next, err := dns.UnpackRR(m.packet, offset)
		if err != nil {
			break
		}
		if opt, ok := rr.(*dns.OPT); ok {
			return int(opt.Hdr.Ttl>>24)<<4 | m.rcode
		}
		offset = next
	}
	return m.rcode
}

// refusesEDNS reports whether the server may have refused nothing but the OPT record
// (RFC 6891, section 7): the same question without it may be answered.
func (m *message) refusesEDNS() bool {
	return m.rcode == dns.RcodeFormatError || m.rcode == dns.RcodeNotImplemented || m.rcode == dns.RcodeBadVers
}

// each calls visit for every record of class IN in the answer section. False: the
// message is broken.
func (m *message) each(visit func(dns.RR)) bool {
	offset := m.offset
	for range m.records {
		rr, next, err := dns.UnpackRR(m.packet, offset)
		if err != nil {
			return false
		}
		if rr.Header().Class == dns.ClassINET {
			visit(rr)
		}
		offset = next
	}
	return true
}

// result returns the Result of the answer's code.
func (m *message) result() Result {
	switch {
	case m.truncated:
		return Truncated
	case m.rcode == dns.RcodeSuccess:
		return Good
	case m.rcode == dns.RcodeNameError:
		return NXDomain
	case m.rcode == dns.RcodeRefused:
		return Refused
	}
	return Servfail
}
