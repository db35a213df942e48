package resolve

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/miekg/dns"
)

const (
	// payload is the size of answer that is asked for over UDP: it crosses every
	// network in one piece.
	payload = 1232
	// datagramBuffer is what is read of one datagram. Servers that ignore the size
	// asked for send at most 4096 bytes; a larger datagram counts as truncated.
	datagramBuffer = 4096
	// headerSize is the size of a DNS header.
	headerSize = 12
)

// errForeign: the message is no answer to the question that was asked.
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

// result returns what the code of the answer stands for.
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
