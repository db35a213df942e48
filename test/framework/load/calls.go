package load

import (
	"context"
	"fmt"
	"net"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// askDNS queries the TXT record that has the host's name.
func askDNS(dialer *net.Dialer, target string) ask {
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, target)
	}}
	return func(ctx context.Context) (string, error) {
		records, err := resolver.LookupTXT(ctx, "host.example.com.")
		return strings.Join(records, ""), err
	}
}

// askGRPC calls a method, on a connection of its own.
func askGRPC(dialer *net.Dialer, target string) ask {
	dial := func(ctx context.Context, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", address)
	}
	return func(ctx context.Context) (string, error) {
		client, err := grpc.NewClient("passthrough:///"+target,
			grpc.WithContextDialer(dial), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return "", fmt.Errorf("making a gRPC client: %w", err)
		}
		defer client.Close()
		var host wrapperspb.StringValue
		err = client.Invoke(ctx, "/lab.Host/Name", &emptypb.Empty{}, &host)
		return host.GetValue(), err
	}
}
