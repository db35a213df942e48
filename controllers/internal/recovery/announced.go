package recovery

import (
	"maps"
	"strings"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/resolve"
)

// PortsInOutage are the ports where the failure policy was in force. In an outage every healthy
// host is published, of all tiers, except one that waits for the tiers above it. KeepLast keeps
// some unhealthy hosts, PublishAll publishes all, and PublishNone perhaps none. A port too many
// is harmless: the next decision ends its outage, and what the policy would publish is published
// already.
func PortsInOutage(object *v1alpha1.ExternalService) map[string]bool {
	ports := map[string]bool{}
	if status.SafetyAction(object) == "" {
		return ports
	}
	action := object.Spec.FailurePolicy.EffectiveAction()
	others := map[string]bool{}
	for _, e := range object.Status.Endpoints {
		unhealthy := e.State == v1alpha1.EndpointUnhealthy
		if unhealthy && (e.Published || action == v1alpha1.ActionPublishNone) {
			ports[e.Port] = true
		}
		if !e.Published && (e.State == v1alpha1.EndpointHealthy || unhealthy && action == v1alpha1.ActionPublishAll) {
			others[e.Port] = true
		}
	}
	certain := maps.Clone(ports)
	maps.DeleteFunc(certain, func(port string, _ bool) bool { return others[port] })
	if len(certain) == 0 {
		return ports // one of them it was
	}
	return certain
}

// namesTold are the previous reports on names, so that a new leader sends no event about a name
// that is stale or truncated as before.
func namesTold(object *v1alpha1.ExternalService) map[string]hosts.NameReport {
	told := map[string]hosts.NameReport{}
	for _, e := range object.Status.Endpoints {
		switch {
		case e.Address != "":
		case status.IsNameFailure(e.Reason) && e.Since != nil:
			told[e.Host] = hosts.NameReport{Name: e.Host, Reason: probes.Reason(e.Reason), Since: e.Since.Time}
		case e.Reason == string(probes.AddressDenied):
			told[e.Host] = hosts.NameReport{Name: e.Host, Denied: true}
		}
	}
	degraded := status.FindCondition(object.Status.Conditions, v1alpha1.ConditionDegraded)
	if degraded == nil {
		return told
	}
	for _, host := range object.Spec.Hosts {
		name := host.Address
		switch {
		case degraded.Reason == v1alpha1.ReasonTruncated && strings.Contains(degraded.Message, status.TruncatedPhrase(name)):
			told[name] = hosts.NameReport{Name: name, Truncated: object.Spec.Resolution.EffectiveMaxAddresses()}
		case degraded.Reason == v1alpha1.ReasonNameStale:
			for _, family := range []resolve.Family{"", resolve.IPv4, resolve.IPv6} {
				for _, reason := range []probes.Reason{probes.NameNotFound, probes.NameTimeout} {
					r := hosts.NameReport{Name: name, Reason: reason, Family: family}
					if since, found := sinceIn(degraded.Message, status.StalePhrase(r.Label(), reason)); found {
						r.Since = since
						told[name] = r
					}
				}
			}
		}
	}
	return told
}

// sinceIn reads the time behind a phrase of ours.
func sinceIn(message, phrase string) (time.Time, bool) {
	_, rest, found := strings.Cut(" "+message, " "+phrase)
	text, _, _ := strings.Cut(rest, "Z")
	since, err := time.Parse(time.RFC3339, text+"Z")
	return since, found && err == nil
}
