// Package grpcprobe calls grpc.health.v1.Health/Check: one call on one connection, with the deadline
// of the probe.
package grpcprobe
