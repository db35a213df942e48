// Package grpcprobe calls grpc.health.v1.Health/Check, one call on one connection, written
// with HTTP/2 frames.
package grpcprobe
