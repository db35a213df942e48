package resolvetest

import (
	"net"
	"net/netip"

	"github.com/miekg/dns"
)

// mostLinks is how many aliases one answer holds: more than any client follows.
const mostLinks = 20

// answer serves one question.
func (s *Server) answer(w dns.ResponseWriter, asked *dns.Msg) {
	if len(asked.Question) != 1 {
		return
	}
	question := asked.Question[0]
	s.mu.Lock()
	s.queries[script{canonical(question.Name), question.Qtype}]++
	reply := s.lockedCompose(asked)
	n, _ := s.lockedFind(question.Name, question.Qtype)
	s.mu.Unlock()

	_, overUDP := w.RemoteAddr().(*net.UDPAddr)
	size := dns.MaxMsgSize
	if overUDP {
		size = dns.MinMsgSize
		if extended := asked.IsEdns0(); extended != nil {
			size = int(extended.UDPSize())
		}
	}
	reply.Truncate(size)
	send(w, overUDP, n.Fault, asked, reply)
}

// send sends the reply as the fault has it. What cannot be sent is the client's to
// notice.
func send(w dns.ResponseWriter, overUDP bool, fault Fault, asked, reply *dns.Msg) {
	switch fault {
	case Silence:
		return
	case Garbage:
		_, _ = w.Write([]byte("this is not DNS"))
		return
	case Echo:
		_ = w.WriteMsg(asked)
		return
	case WrongID:
		reply.Id++
	case WrongQuestion:
		reply.Question[0].Name = "other.example.net."
	case WrongKind:
		reply.Question[0].Qtype = dns.TypeTXT
	case Truncated:
		reply.Answer, reply.Truncated = nil, true
	case NoTCP:
		if !overUDP {
			_ = w.Close()
			return
		}
		reply.Answer, reply.Truncated = nil, true
	case Forged:
		forged := reply.Copy()
		forged.Answer = addresses(asked.Question[0], reply.Answer, netip.MustParseAddr("203.0.113.66"))
		for forged.Id = reply.Id + 1; forged.Id != reply.Id+4; forged.Id++ {
			_ = w.WriteMsg(forged)
		}
	case NoEDNS:
		if asked.IsEdns0() != nil {
			reply.Answer, reply.Rcode = nil, dns.RcodeFormatError
		}
	case BareFormErr, BareNotImp, BareBadVers, BadVers, SilentToEDNS:
		if asked.IsEdns0() != nil {
			refuseEDNS(w, fault, asked, reply)
			return
		}
	case ForgedBareFormErr:
		for n := range uint16(3) {
			_, _ = w.Write(bareHeader(reply.Id+1+n, dns.RcodeFormatError))
		}
	case SilentUDP:
		if overUDP {
			return
		}
	case None:
	}
	_ = w.WriteMsg(reply)
}

// refuseEDNS answers a question that has an OPT record.
func refuseEDNS(w dns.ResponseWriter, fault Fault, asked, reply *dns.Msg) {
	if fault == BareFormErr {
		_, _ = w.Write(bareHeader(asked.Id, dns.RcodeFormatError))
	}
	if fault == BareNotImp {
		_, _ = w.Write(bareHeader(asked.Id, dns.RcodeNotImplemented))
	}
	if fault != BareBadVers && fault != BadVers {
		return
	}
	reply.Answer = nil
	if fault == BareBadVers {
		reply.Question = nil
	}
	reply.SetEdns0(dns.DefaultMsgSize, false)
	reply.Rcode = dns.RcodeBadVers // WriteMsg puts its upper bits into the OPT record
	_ = w.WriteMsg(reply)
}

// bareHeader is an answer of a header alone, as RFC 1035 servers send it.
func bareHeader(id uint16, rcode int) []byte {
	return []byte{byte(id >> 8), byte(id), 0x81, byte(rcode), 0, 0, 0, 0, 0, 0, 0, 0}
}

// lockedCompose returns the true answer.
func (s *Server) lockedCompose(asked *dns.Msg) *dns.Msg {
	question := asked.Question[0]
	reply := new(dns.Msg)
	reply.SetReply(asked)
	reply.RecursionAvailable = true
	name := question.Name
	for range mostLinks {
		n, found := s.lockedFind(name, question.Qtype)
		if !found {
			reply.Rcode = dns.RcodeNameError
			return reply
		}
		if n.Rcode != dns.RcodeSuccess {
			reply.Rcode = n.Rcode
			return reply
		}
		if n.Alias == "" {
			reply.Answer = append(reply.Answer, s.lockedRecords(name, question.Qtype, n)...)
			return reply
		}
		reply.Answer = append(reply.Answer, &dns.CNAME{Hdr: header(name, dns.TypeCNAME, n.TTL), Target: dns.Fqdn(n.Alias)})
		if n.Bare {
			return reply
		}
		name = n.Alias
	}
	return reply
}

// lockedRecords returns the records of one kind.
func (s *Server) lockedRecords(name string, kind uint16, n Name) []dns.RR {
	var list []dns.RR
	if n.Text != "" {
		list = append(list, &dns.TXT{Hdr: header(name, dns.TypeTXT, n.TTL), Txt: []string{n.Text}})
	}
	if kind == dns.TypeSRV {
		for _, service := range n.Services {
			list = append(list, &dns.SRV{
				Hdr: header(name, kind, n.TTL), Target: dns.Fqdn(service.Target),
				Port: service.Port, Priority: service.Priority, Weight: service.Weight,
			})
		}
		return list
	}
	for _, address := range n.Addresses {
		if rr := addressRecord(header(name, kind, n.TTL), address); rr != nil {
			list = append(list, rr)
		}
	}
	if n.Rotate == 0 || n.Rotate >= len(list) {
		return list
	}
	key := script{canonical(name), kind}
	start := s.cursors[key]
	s.cursors[key] = (start + n.Rotate) % len(list)
	turn := make([]dns.RR, 0, n.Rotate)
	for i := range n.Rotate {
		turn = append(turn, list[(start+i)%len(list)])
	}
	return turn
}

// addressRecord returns the record for the address; nil when it is of another kind.
func addressRecord(h dns.RR_Header, address netip.Addr) dns.RR {
	switch {
	case h.Rrtype == dns.TypeA && address.Is4():
		return &dns.A{Hdr: h, A: address.AsSlice()}
	case h.Rrtype == dns.TypeAAAA && address.Is6():
		return &dns.AAAA{Hdr: h, AAAA: address.AsSlice()}
	}
	return nil
}

// addresses replaces the records of an answer by one with another address.
func addresses(question dns.Question, answer []dns.RR, address netip.Addr) []dns.RR {
	if len(answer) == 0 || question.Qtype != dns.TypeA {
		return nil
	}
	return []dns.RR{addressRecord(header(question.Name, dns.TypeA, answer[0].Header().Ttl), address)}
}

func header(name string, kind uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: dns.Fqdn(name), Rrtype: kind, Class: dns.ClassINET, Ttl: ttl}
}
