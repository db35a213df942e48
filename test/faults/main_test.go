// Package fault breaks what stands between the operator and its API server, at
// every point where that can break, and compares what comes of it with a run that
// nothing disturbed.
//
// All tests share one control plane. Each has a namespace of its own, and an
// operator that looks after that one alone, through a proxy of its own: so many of
// them run at the same time, and one that dies takes no other along.
package faults

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/programs"
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

const startTimeout = 2 * time.Minute

// shared is the control plane of all tests. It ends with the sandbox.
var shared struct {
	sync.Mutex
	cluster *cluster.Cluster
	client  client.WithWatch
	account *rest.Config // the operator's
	err     error        // of the start, which is not tried twice
	worlds  int
}

func lockedStartCluster() error {
	if shared.cluster != nil || shared.err != nil {
		return shared.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if shared.cluster, shared.err = cluster.New(ctx, cluster.Options{Hosts: cluster.Hosts(0), NoProxy: true}); shared.err != nil {
		return shared.err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	config := shared.cluster.Admin()
	config.WarningHandler = rest.NoWarnings{}
	config.QPS = -1 // a test that creates a hundred objects does not want to wait
	if shared.client, shared.err = client.NewWithWatch(config, client.Options{Scheme: scheme}); shared.err != nil {
		return shared.err
	}
	if shared.err = errors.Join(install.Install(shared.cluster), addHosts()); shared.err != nil {
		return shared.err
	}
	// The garbage collector looks for new kinds every 30 s, and when it starts.
	if shared.err = shared.cluster.Process(programs.ControllerManager).Restart(); shared.err != nil {
		return shared.err
	}
	shared.account, shared.err = shared.cluster.ConfigFor(ctx, install.Namespace, install.ServiceAccount)
	return shared.err
}

// addHosts has all addresses of a documentation range be here: on the loopback a
// prefix makes each of its addresses local.
func addHosts() error {
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
