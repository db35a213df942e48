package main

import (
	"fmt"
	"time"
)

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
