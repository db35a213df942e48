// Package role is what bench and the probers that it measures agree on: the flags of a
// prober, and where the hosts are.
package role

import (
	"flag"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// SecuredName is the hosts' name in their certificate.
const SecuredName = "host.bench.example"

// Host is the address of the n-th target.
func Host(n int) netip.Addr { return netip.AddrFrom4([4]byte{127, 1, byte(n >> 8), byte(n)}) }

// Options say what a prober is to do.
type Options struct {
	Kind     string // tcp, http, tls, https, grpc or grpcs
	Port     int
	Targets  int
	Interval time.Duration
	Fast     time.Duration
	Timeout  time.Duration
	// Dying are how many of the first targets are on DeadPort.
	Dying, DeadPort int
	// Bundle has the certificates to trust, in PEM.
	Bundle string
	// Goroutines: the engine probes without the event loop.
	Goroutines bool
}

// Read has the options read from a program's flags.
func (o *Options) Read(flags *flag.FlagSet) {
	flags.StringVar(&o.Kind, "kind", "tcp", "")
	flags.IntVar(&o.Port, "port", 8000, "")
	flags.IntVar(&o.Targets, "targets", 100, "")
	flags.DurationVar(&o.Interval, "interval", time.Second, "")
	flags.DurationVar(&o.Fast, "fast", time.Second, "")
	flags.DurationVar(&o.Timeout, "timeout", time.Second, "")
	flags.IntVar(&o.Dying, "dying", 0, "")
	flags.IntVar(&o.DeadPort, "dead-port", 0, "")
	flags.StringVar(&o.Bundle, "bundle", "", "")
	flags.BoolVar(&o.Goroutines, "goroutines", false, "probe without the event loop, to compare")
}

// Flags are those that Read reads the options back from.
func (o Options) Flags() []string {
	return []string{
		"-kind", o.Kind, "-port", strconv.Itoa(o.Port), "-targets", strconv.Itoa(o.Targets),
		"-interval", o.Interval.String(), "-fast", o.Fast.String(), "-timeout", o.Timeout.String(),
		"-dying", strconv.Itoa(o.Dying), "-dead-port", strconv.Itoa(o.DeadPort), "-bundle", o.Bundle, fmt.Sprintf("-goroutines=%t", o.Goroutines),
	}
}
