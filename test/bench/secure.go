package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/external-endpoints/operator/test/bench/role"
)

// Ports of hosts that take more than a connection.
const (
	tlsPort = 8005 + iota
	grpcPort
	grpcsPort
)

// secured answers over TLS, and gRPC with and without it, for all hosts. It returns the
// certificate to trust, in PEM.
func secured() (bundle string, err error) {
	certificate, bundle, err := selfSigned()
	if err != nil {
		return "", err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	listener, err := tls.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", tlsPort), config)
	if err != nil {
		return "", err
	}
	go answerSecured(listener)
	for port, options := range map[int][]grpc.ServerOption{
		grpcPort: {grpc.NumStreamWorkers(2)}, grpcsPort: {grpc.NumStreamWorkers(2), grpc.Creds(credentials.NewTLS(config))},
	} {
		listener, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", port))
		if err != nil {
			return "", err
		}
		server := grpc.NewServer(options...)
		healthv1.RegisterHealthServer(server, health.NewServer())
		go func() { _ = server.Serve(listener) }()
	}
	return bundle, nil
}

// answerSecured answers a request with a page, and no request with nothing.
func answerSecured(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			_ = connection.SetDeadline(time.Now().Add(2 * time.Second))
			if n, err := connection.Read(make([]byte, 4096)); err == nil && n > 0 {
				_, _ = connection.Write([]byte(page))
			}
		}()
	}
}

func selfSigned() (certificate tls.Certificate, bundle string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{role.SecuredName}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	bundle = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, bundle, nil
}

// handshakes is what checks cost that the event loop leaves to goroutines, beside a
// handshake by itself.
func (b *bench) handshakes() error {
	bundle, err := secured()
	if err != nil {
		return err
	}
	const targets = 300
	fmt.Printf("\nchecks over TLS and gRPC, %d targets at 1 s\n", targets)
	kinds := []struct {
		name  string
		port  int
		bound float64 // over the handshake, or over grpc-go's call
	}{{"tls", tlsPort, 1.2}, {"https", tlsPort, 1.2}, {"grpcs", grpcsPort, 1.2}, {"grpc", grpcPort, 1}}
	samples := map[string]map[string][]sample{}
	// A handshake is arithmetic, and the processor is not as fast each second: many short
	// windows in turn, of which the least counts, rather than a few long ones.
	short := window{b.window.warm, 2 * time.Second}
	for range 3 * b.runs {
		for _, k := range kinds {
			for _, prober := range []string{"engine", "bare"} {
				o := b.options(setting{k.name, targets})
				o.Port, o.Bundle = k.port, bundle
				p, err := b.start(prober, "", o)
				if err != nil {
					return err
				}
				got := short.observe(b.see, p, o, 0)
				p.stop()
				if samples[k.name] == nil {
					samples[k.name] = map[string][]sample{}
				}
				samples[k.name][prober] = append(samples[k.name][prober], got)
			}
		}
	}
	for _, k := range kinds {
		of := samples[k.name]
		cpu := func(prober string) spread { return spreadOf(of[prober], func(s sample) float64 { return s.cpu }) }
		beside := "a handshake by itself"
		if k.name == "grpc" {
			beside = "a call by grpc-go"
		}
		fmt.Printf("%-6s µs CPU/probe min/med/max %22s; %s %22s\n", k.name, cpu("engine"), beside, cpu("bare"))
		b.bound("CPU a probe over "+beside+", "+k.name, cpu("engine").min/cpu("bare").min, k.bound, k.bound-0.2)
	}
	return nil
}
