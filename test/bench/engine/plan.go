package main

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/test/bench/role"
)

// hostsEach is how many hosts an object has.
const hostsEach = 10

// plan is that of the object with the hosts from first up to end.
func plan(o role.Options, first, end int) engine.Plan {
	check := check(o)
	plan := engine.Plan{
		Key: engine.Key{Namespace: "bench", Name: fmt.Sprint(first)}, Evidence: map[int32]int{0: 1},
		Members: make([]engine.Member, 0, end-first), // as the controller does
	}
	for n := first; n < end; n++ {
		port := o.Port
		if n < o.Dying {
			port = o.DeadPort
		}
		plan.Members = append(plan.Members, engine.Member{
			ID:     engine.MemberID{Address: role.Host(n), Port: "web"},
			Target: netip.AddrPortFrom(role.Host(n), uint16(port)), Check: check, Witness: true,
			Interval: o.Interval, FastInterval: o.Fast, Thresholds: health.Thresholds{Rise: 2, Fall: 3},
			Initial: health.TakenOver(health.Healthy, time.Now(), ""),
		})
	}
	return plan
}

func check(o role.Options) *probes.Check {
	secure := probes.ClientTLS{ServerName: role.SecuredName, CABundle: o.Bundle}
	page := &probes.HTTP{Method: "GET", Path: "/", Statuses: []probes.StatusRange{{First: 200, Last: 399}}}
	switch o.Kind {
	case "http":
		return &probes.Check{Timeout: o.Timeout, HTTP: page}
	case "https":
		page.TLS = &secure
		return &probes.Check{Timeout: o.Timeout, HTTP: page}
	case "tls":
		return &probes.Check{Timeout: o.Timeout, TLS: &probes.TLS{ClientTLS: secure}}
	case "grpcs":
		return &probes.Check{Timeout: o.Timeout, GRPC: &probes.GRPC{TLS: &secure}}
	case "grpc":
		return &probes.Check{Timeout: o.Timeout, GRPC: &probes.GRPC{}}
	default:
		return &probes.Check{Timeout: o.Timeout, TCP: &probes.TCP{}}
	}
}
