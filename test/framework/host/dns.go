package host

import (
	"fmt"
	"net"

	"golang.org/x/net/dns/dnsmessage"
)

// serveDNS answers queries; every fault of a host is silence here.
func serveDNS(name string, port Port, f *faults) error {
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
			answer, err := answerDNS(name, datagram[:n])
			if err == nil && f.of(port.Check).Kind == kindNone {
				socket.WriteTo(answer, from)
			}
		}
	}()
	return nil
}

// answerDNS answers the first question of a query, whatever its type.
func answerDNS(name string, query []byte) ([]byte, error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil {
		return nil, err
	}
	question, err := parser.Question()
	if err != nil {
		return nil, err
	}
	answer := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: header.ID, Response: true, RecursionDesired: header.RecursionDesired, RecursionAvailable: true},
		Questions: []dnsmessage.Question{question},
		Answers: []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.TXTResource{TXT: []string{name}},
		}},
	}
	return answer.Pack()
}
