package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/external-endpoints/operator/test/bench/role"
)

// bare does what a check of that kind cannot do without, by the standard library and
// nothing else: a connection and a handshake; for gRPC without TLS a call by grpc-go.
func bare(o role.Options) error {
	roots := x509.NewCertPool()
	if o.Kind != "grpc" && !roots.AppendCertsFromPEM([]byte(o.Bundle)) {
		return errors.New("no certificate to trust")
	}
	// The probes' key exchanges and protocol.
	config := &tls.Config{RootCAs: roots, ServerName: role.SecuredName, MinVersion: tls.VersionTLS12, CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}}
	if o.Kind == "grpcs" {
		config.NextProtos = []string{"h2"}
	}
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); os.Exit(0) }()
	fmt.Println("ready")
	const slot = 10 * time.Millisecond
	slots := int(o.Interval / slot)
	begun := time.Now()
	for pass := 0; ; pass++ {
		for n := pass % slots * o.Targets / slots; n < (pass%slots+1)*o.Targets/slots; n++ {
			to := netip.AddrPortFrom(role.Host(n), uint16(o.Port))
			go func() {
				ask := func() error { return shake(to, config, o.Timeout) }
				if o.Kind == "grpc" {
					ask = func() error { return call(to, o.Timeout) }
				}
				if err := ask(); err != nil {
					fmt.Fprintln(os.Stderr, "bare:", err)
				}
			}()
		}
		<-time.After(time.Until(begun.Add(time.Duration(pass+1) * slot)))
	}
}

func shake(to netip.AddrPort, config *tls.Config, timeout time.Duration) error {
	connection, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(to))
	if err != nil {
		return err
	}
	defer connection.Close()
	_ = connection.SetLinger(0)
	_ = connection.SetDeadline(time.Now().Add(timeout))
	return tls.Client(connection, config).Handshake()
}

func call(to netip.AddrPort, timeout time.Duration) error {
	client, err := grpc.NewClient("passthrough:///"+to.String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	_, err = healthv1.NewHealthClient(client).Check(ctx, &healthv1.HealthCheckRequest{})
	return err
}
