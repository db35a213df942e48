package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/external-endpoints/operator/test/bench/role"
)

// haproxy starts HAProxy with health checks only, on one thread: that is the
// cheapest for it.
func haproxy(directory string, o role.Options) (*process, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "global\n nbthread 1\n maxconn 100\ndefaults\n mode tcp\n timeout connect %[1]s\n timeout check %[1]s\n"+
		" timeout client 1s\n timeout server 1s\n"+
		// It will not start without somewhere to listen.
		"frontend none\n bind unix@%[2]s\n default_backend hosts\nbackend hosts\n", o.Timeout, filepath.Join(directory, "socket"))
	option := "tcp-check"
	if o.Kind == "http" {
		option = "httpchk GET /"
	}
	fmt.Fprintf(&text, " option %s\n default-server inter %d fall 3 rise 2\n", option, o.Interval.Milliseconds())
	for n := range o.Targets {
		fmt.Fprintf(&text, " server s%d %s:%d check\n", n, role.Host(n), o.Port)
	}
	file := filepath.Join(directory, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		return nil, err
	}
	return spawn("haproxy", "-db", "-q", "-f", file)
}
