package cluster_test

import (
	"context"
	"errors"
	"testing"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/programs"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// What the API server has stored outlives it and its etcd.
func TestAPIServerRestarts(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Hosts: cluster.Hosts(0)})
	if err := c.Apply("{apiVersion: v1, kind: Namespace, metadata: {name: kept}}"); err != nil {
		t.Fatal(err)
	}
	server, etcd := c.Process(programs.APIServer), c.Process(programs.Etcd)
	if err := errors.Join(server.Kill(), etcd.Kill()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Kubectl("get", "namespace", "kept"); err == nil {
		t.Error("a dead API server answers")
	}
	if err := errors.Join(etcd.Restart(), server.Restart()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
	defer cancel()
	err := process.Await(ctx, "the API server's return", func(context.Context) error {
		_, err := c.Kubectl("get", "namespace", "kept")
		return err
	}, server, etcd)
	if err != nil {
		t.Fatal(err)
	}
}
