package main

import (
	"fmt"
	"strconv"
	"time"
)

// roleOptions say what a prober is to do.
type roleOptions struct {
	kind     string // tcp, http, tls, https, grpc or grpcs
	port     int
	targets  int
	interval time.Duration
	fast     time.Duration
	timeout  time.Duration
	// dying are how many of the first targets are on deadPort.
	dying, deadPort int
	// bundle has the certificates to trust, in PEM.
	bundle string
	// goroutines: the engine probes without the event loop.
	goroutines bool
}

// flags are those that this program reads the options back from.
func (o roleOptions) flags() []string {
	return []string{
		"-kind", o.kind, "-port", strconv.Itoa(o.port), "-targets", strconv.Itoa(o.targets),
		"-interval", o.interval.String(), "-fast", o.fast.String(), "-timeout", o.timeout.String(),
		"-dying", strconv.Itoa(o.dying), "-dead-port", strconv.Itoa(o.deadPort), "-bundle", o.bundle, fmt.Sprintf("-goroutines=%t", o.goroutines),
	}
}
