// The demo shows the main job on real parts: a control plane built from Go
// modules, kube-proxy, outside hosts with addresses of their own, the operator
// and a client that sends requests all the time. One host is killed, and comes back.
//
// It exits with 0 only if the traffic kept flowing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

func main() {
	stay := flag.Bool("stay", false, "leave everything running at the end, and print the KUBECONFIG")
	svg := flag.String("svg", "", "draw what happened to the traffic into this file")
	flag.Parse()
	os.Exit(cluster.Enter(func() int {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if err := run(ctx, *stay, *svg); err != nil {
			fmt.Fprintln(os.Stderr, "demo:", err)
			return 1
		}
		return 0
	}))
}

func run(ctx context.Context, stay bool, svg string) error {
	s := &story{out: os.Stdout}
	if err := s.setUp(ctx, stay); err != nil {
		return err
	}
	defer s.cluster.Stop()
	verdict, err := s.failover(ctx)
	if err != nil {
		return err
	}
	s.tell("%s", verdict)
	if err := s.draw(verdict, svg); err != nil {
		return err
	}
	if stay {
		if err := s.invite(ctx); err != nil {
			return err
		}
	}
	return verdict.err()
}
