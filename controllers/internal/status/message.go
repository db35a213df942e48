package status

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/text"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
)

// Summary is the health of the hosts in a line:
// "2 of 3 hosts healthy; 203.0.113.10:5432 connection refused since 10:00:00Z".
func Summary(r Report, hosts v1alpha1.HostCounts) string {
	if hosts.Total == 0 {
		return "no hosts"
	}
	text := fmt.Sprintf("%d of %d hosts healthy", hosts.Healthy, hosts.Total)
	if hosts.Healthy > 0 {
		text += shortfall(r.Shares)
	}
	if list := UnhealthyList(r.Endpoints); list != "" {
		text += "; " + list
	}
	return text
}

// shortfall says how many hosts must be healthy where no tier has enough:
// ", 2 must be".
func shortfall(shares []failover.Share) string {
	switch {
	case len(shares) == 0 || slices.ContainsFunc(shares, failover.Share.Enough):
		return ""
	case len(shares) == 1:
		return fmt.Sprintf(", %d must be", shares[0].Need)
	}
	var tiers []string
	for _, s := range shares {
		tiers = append(tiers, fmt.Sprintf("%d of %d with priority %d (%d must be)", s.Healthy, s.Active, s.Tier, s.Need))
	}
	return ": " + text.ShortList(tiers)
}

// PolicyMessage says what the failure policy does.
func PolicyMessage(r Report) string {
	var text string
	switch r.Action {
	case v1alpha1.ActionPublishAll:
		text = "too few hosts are healthy; PublishAll has every Active host published"
	case v1alpha1.ActionPublishNone:
		text = "too few hosts are healthy; PublishNone has only the healthy ones published"
	default:
		text = "too few hosts are healthy to tell dead hosts from a dead network; those that were published are kept"
	}
	return about(text, r.Endpoints)
}

// isolatedMessage says why failures are not believed.
func isolatedMessage(r Report) string {
	return about("nearly all hosts of all objects fail at once, so that the prober has lost its network; "+
		"no host is taken out for failures that nothing else vouches for", r.Endpoints)
}

// limitFlags are the flags that set the engine's limits.
var limitFlags = map[engine.Limit]string{
	engine.LimitRate:     "--max-probes-per-second",
	engine.LimitInFlight: "--max-probes-in-flight",
}

// backlogMessage says which limit delays probes, and by how much.
func backlogMessage(r Report) string {
	return about(fmt.Sprintf("%s delays checks by up to %s, which is more than their interval; hosts that fail are noticed later by as much",
		limitFlags[r.Backlog.Limit], r.Backlog.Delay), r.Endpoints)
}

// about names the unhealthy hosts that a text is about, if there are any.
func about(text string, endpoints []v1alpha1.EndpointStatus) string {
	if list := UnhealthyList(endpoints); list != "" {
		text += ": " + list
	}
	return text
}

// UnhealthyList names the first unhealthy endpoints and counts the rest; empty: there are none.
func UnhealthyList(endpoints []v1alpha1.EndpointStatus) string {
	return listOf(endpoints, v1alpha1.EndpointUnhealthy, func(e v1alpha1.EndpointStatus) string {
		text := strings.TrimSpace(EndpointName(e) + " " + phraseOf(e))
		if e.Since != nil {
			text += " since " + e.Since.UTC().Format("15:04:05Z")
		}
		return text
	})
}

func deniedList(endpoints []v1alpha1.EndpointStatus) string {
	return listOf(endpoints, v1alpha1.EndpointDenied, func(e v1alpha1.EndpointStatus) string {
		return EndpointName(e) + " denied by the address policy"
	})
}

// listOf describes the first endpoints in a state and counts the rest.
func listOf(endpoints []v1alpha1.EndpointStatus, state v1alpha1.EndpointState,
	describe func(v1alpha1.EndpointStatus) string,
) string {
	var named []string
	more := 0
	told := seen{}
	for _, e := range endpoints {
		switch {
		case e.State != state || !told.first(e):
		case len(named) < text.MaxNamed:
			named = append(named, describe(e))
		default:
			more++
		}
	}
	if more > 0 {
		named = append(named, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(named, ", ")
}

// seen are the endpoints that a list has named: several ports of the Service may lead to the same
// port of a host, which is named once.
type seen map[mention]struct{}

type mention struct {
	host, address, reason string
	port                  int32
}

// first reports whether the endpoint is not in the list yet, and puts it there.
func (m seen) first(e v1alpha1.EndpointStatus) bool {
	key := mention{host: e.Host, address: e.Address, reason: e.Reason, port: e.TargetPort}
	_, told := m[key]
	m[key] = struct{}{}
	return !told
}

// EndpointName is "203.0.113.10:5432", with the name that led there behind it.
func EndpointName(e v1alpha1.EndpointStatus) string {
	text := cmp.Or(e.Address, e.Host)
	if strings.Contains(text, ":") {
		text = "[" + text + "]"
	}
	if e.TargetPort != 0 {
		text += fmt.Sprintf(":%d", e.TargetPort)
	}
	if e.Address != "" && e.Address != e.Host {
		text += " (" + e.Host + ")"
	}
	return text
}

// compareHosts orders addresses as numbers, 192.0.2.9 before 192.0.2.10, and names
// behind them.
func compareHosts(a, b string) int {
	first, errFirst := netip.ParseAddr(a)
	second, errSecond := netip.ParseAddr(b)
	switch {
	case errFirst == nil && errSecond == nil:
		return first.Compare(second)
	case errFirst == nil:
		return -1
	case errSecond == nil:
		return 1
	default:
		return cmp.Compare(a, b)
	}
}

// backingOff is the message while another writer keeps changing our objects.
func backingOff() string {
	return fmt.Sprintf("somebody else keeps changing what is published for this Service; "+
		"it was restored %d times within %.0f s and is left alone for a while", desired.MaxReverts, desired.RevertWindow.Seconds())
}

// phraseOf is the endpoint's failure in words, if it has one.
func phraseOf(e v1alpha1.EndpointStatus) string {
	if e.Reason == "" {
		return ""
	}
	return probes.Reason(e.Reason).Phrase()
}
