// Package fault breaks what stands between the operator and its API server, at
// every point where that can break, and compares what comes of it with a run that
// nothing disturbed.
//
// All tests share one control plane. Each has a namespace of its own, and an
// operator that looks after that one alone, through a proxy of its own: so many of
// them run at the same time, and one that dies takes no other along.
package faults

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/vishvananda/netlink"

	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/cluster"
)

// atTheSameTime is how many tests run together: they mostly wait.
const atTheSameTime = "6"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atTheSameTime); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(cluster.Main(m))
}

// environment is the control plane of all tests: no traffic is needed.
var environment = framework.Environment{
	Options: cluster.Options{Hosts: cluster.Hosts(0), NoProxy: true},
	Prepare: addHosts,
}

// addHosts has all addresses of a documentation range be here: on the loopback a
// prefix makes each of its addresses local.
func addHosts(*cluster.Cluster) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find the loopback: %w", err)
	}
	address, err := netlink.ParseAddr("198.51.100.0/24")
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(lo, address); err != nil {
		return fmt.Errorf("add the hosts' addresses: %w", err)
	}
	return nil
}
