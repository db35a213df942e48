package examples

import (
	"fmt"
	"testing"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/host"
)

// example is one example and what becomes of its hosts.
type example struct {
	// name is that of the namespace.
	name string
	// before is the file that is applied first, if any; traffic must then flow
	// through the change to files without a single failure.
	before string
	// handOver is what is told kubectl between the two, if anything.
	handOver []string
	// file is the example itself, under examples.
	file     string
	machines []machine
	ways     []way
	// was is who answers before, and first is who answers at first, by way.
	was, first answers
	acts       []act
}

// machine is a host of the lab that plays one of the example's.
type machine struct {
	name string
	// ipv4 and ipv6 are the addresses in the example.
	ipv4, ipv6 string
	ports      []host.Port
	statuses   map[string]int
}

// way is how clients come to a Service.
type way struct {
	name    string
	scheme  string
	service string
	port    int
	// ipv6: by the Service's second cluster IP.
	ipv6 bool
	// dns is the name under the Service's to ask by, of a headless Service; "." is
	// the Service's own.
	dns string
	// some: of several hosts only some answer, for clients of a name take whichever
	// address comes first.
	some bool
}

// answers are the hosts that answer, by way: these, and no others.
type answers map[string][]string

// act is something that happens to the hosts, and who answers then.
type act struct {
	what string
	do   func(hosts func(name string) *host.Host) error
	then answers
}

func (e example) play(t *testing.T, c *cluster.Cluster) {
	s := &stage{example: e, cluster: c, namespace: e.name}
	s.kubectl(t, "create", "namespace", s.namespace)
	if e.before != "" {
		s.apply(t, e.before)
		s.open(t)
		s.expect(t, "before", e.was)
		s.takeOver(t)
	} else {
		s.apply(t, e.file)
		s.awaitReady(t)
		s.open(t)
		s.expect(t, "at first", e.first)
	}
	for _, a := range e.acts {
		if err := a.do(c.Host); err != nil {
			t.Fatal(fmt.Errorf("%s: %w", a.what, err))
		}
		s.expect(t, a.what, a.then)
	}
}
