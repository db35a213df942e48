package host

import (
	"context"
	"fmt"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// serveGRPC answers health checks, and every other call with the host's name.
// Kinds of faults are one here, for gRPC knows no difference that a caller
// would see: not serving, and unavailable.
func serveGRPC(name string, port Port, f *faults) error {
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port.Number))
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, call grpc.ServerStream) error {
		if f.of(port.Check).Kind != kindNone {
			return status.Error(codes.Unavailable, "out of order")
		}
		if err := call.RecvMsg(&emptypb.Empty{}); err != nil {
			return err
		}
		return call.SendMsg(wrapperspb.String(name))
	}))
	healthv1.RegisterHealthServer(server, grpcHealth{faults: f})
	go server.Serve(listener)
	return nil
}

// grpcHealth is the health of every service.
type grpcHealth struct {
	healthv1.UnimplementedHealthServer

	faults *faults
}

func (g grpcHealth) Check(context.Context, *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	answer := healthv1.HealthCheckResponse_SERVING
	if g.faults.of(true).Kind != kindNone {
		answer = healthv1.HealthCheckResponse_NOT_SERVING
	}
	return &healthv1.HealthCheckResponse{Status: answer}, nil
}
