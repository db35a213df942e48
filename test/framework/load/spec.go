package load

import "time"

// Spec says what to send.
type Spec struct {
	// Target is a URL: http://ADDRESS:PORT/PATH, or tcp, udp, dns or grpc and
	// ://ADDRESS:PORT.
	Target string `json:"target"`
	// Rate is in requests a second; zero means 100.
	Rate int `json:"rate"`
	// Timeout is for one whole request; zero means a second.
	Timeout time.Duration `json:"timeout"`
	// Nameserver, as ADDRESS:PORT, resolves a name in the target. It is queried
	// again for each request.
	Nameserver string `json:"nameserver,omitempty"`
}

func (s Spec) withDefaults() Spec {
	if s.Rate == 0 {
		s.Rate = 100
	}
	if s.Timeout == 0 {
		s.Timeout = time.Second
	}
	return s
}
