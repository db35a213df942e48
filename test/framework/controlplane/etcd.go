package controlplane

import (
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// etcd listens on sockets in the cluster's directory: no port to choose that
// another process may take. It does not wait for the disk, whose speed is not
// what tests are about.
func etcd(c Config) process.Spec {
	return process.Spec{
		Name: string(programs.Etcd),
		Path: c.Programs[programs.Etcd],
		Log:  c.log("etcd"),
		Args: []string{
			"--data-dir=" + c.file("etcd"),
			"--unsafe-no-fsync",
			"--listen-client-urls=unix://" + c.file(etcdSocket),
			"--advertise-client-urls=http://localhost:2379", // must be a port; no client uses it
			"--listen-peer-urls=unix://" + c.file("etcd-peers.sock"),
			"--log-level=warn",
		},
	}
}
