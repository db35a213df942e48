// Command lab runs a cluster with outside hosts until it is interrupted, for
// trying things by hand: `go run ./test/framework/cluster/lab`.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

func main() {
	os.Exit(cluster.Enter(func() int {
		if err := stay(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}))
}

// stay starts a cluster and tells how to use it.
func stay() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, err := cluster.New(ctx, cluster.Options{Reachable: true, Log: os.Stderr})
	if err != nil {
		return err
	}
	defer c.Stop()

	kubeconfig := filepath.Join(os.TempDir(), fmt.Sprintf("lab-%d.kubeconfig", os.Getuid()))
	if err := c.WriteOutsideKubeconfig(kubeconfig); err != nil {
		return err
	}
	defer os.Remove(kubeconfig)
	fmt.Printf("export KUBECONFIG=%s\n", kubeconfig)
	<-ctx.Done()
	return nil
}
