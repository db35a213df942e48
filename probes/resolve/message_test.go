package resolve

import (
	"testing"

	"github.com/miekg/dns"
)

func TestOnlyRecordsThatAnswerTheQuestionAreTaken(t *testing.T) {
	tests := []struct {
		name, record string
		want         Result
	}{
		{"the name in other letters", "DB.Example.com. 60 IN A 192.0.2.1", Good},
		{"another name", "other.example.com. 60 IN A 192.0.2.1", NoData},
		{"another class", "db.example.com. 60 CH A 192.0.2.1", NoData},
		{"an alias of another class", "db.example.com. 60 CH CNAME other.example.com.", NoData},
		{"another kind", "db.example.com. 60 IN AAAA 2001:db8::1", NoData},
		{"no address", "db.example.com. 60 IN TXT 192.0.2.1", NoData},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rr, err := dns.NewRR(tt.record)
			if err != nil {
				t.Fatal(err)
			}
			asked := query("db.example.com", A, false)
			reply := new(dns.Msg).SetReply(asked)
			reply.Answer = []dns.RR{rr}
			packet, err := reply.Pack()
			if err != nil {
				t.Fatal(err)
			}
			m, err := read(packet, asked)
			if err != nil {
				t.Fatal(err)
			}
			found, more := newChain("db.example.com", A, nil).extract(m)
			if found.Result != tt.want || more {
				t.Errorf("%s, to be asked again: %t; want %s", found.Result, more, tt.want)
			}
		})
	}
}
