// Package examples makes every example under /examples work: it is applied as it
// stands, to hosts of the lab that speak what the example's hosts speak, and the
// traffic goes to the healthy ones only. Addresses are rewritten to those of the
// lab, and nothing else.
//
// All examples run at once, on one cluster, each with hosts of its own.
package examples

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// atOnce is how many examples are played at a time: all. They wait most of the
// time, so that it is no matter of CPUs.
const atOnce = "16"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(cluster.Main(m, programs.CoreDNS))
}

func TestExamplesSendTrafficToHealthyHosts(t *testing.T) {
	all := examples()
	var specs []host.Spec
	for _, e := range all {
		for _, m := range e.machines {
			specs = append(specs, host.Spec{Name: m.name, Ports: m.ports, Statuses: m.statuses})
		}
	}
	c := cluster.Start(t, cluster.Options{Hosts: specs, CoreDNS: true})
	if err := prepare(t, c); err != nil {
		t.Fatal(err)
	}
	t.Run("all", func(t *testing.T) {
		t.Run("documents", func(t *testing.T) {
			t.Parallel()
			acceptDocuments(t, c)
		})
		for _, e := range all {
			t.Run(e.name, func(t *testing.T) {
				t.Parallel()
				e.play(t, c)
			})
		}
	})
}

func prepare(t *testing.T, c *cluster.Cluster) error {
	t.Helper()
	// The controllers are restarted to know our kind at once.
	if err := errors.Join(install.Manifests(c), c.Process(programs.ControllerManager).Restart()); err != nil {
		return err
	}
	_, err := install.Start(t.Context(), c, install.Options{})
	return err
}
