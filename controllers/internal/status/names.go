package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/text"
	"github.com/external-endpoints/operator/probes"
)

// unresolvedStatuses are the lines about names without an endpoint: names without an address, and
// one line for all denied addresses of a name. The addresses themselves are secret: the owner of
// the zone could otherwise find out which addresses are inside the cluster.
func unresolvedStatuses(spec v1alpha1.ExternalServiceSpec, l hosts.Layout) []v1alpha1.EndpointStatus {
	reports := map[string]hosts.NameReport{}
	for _, r := range l.Names {
		reports[r.Name] = r
	}
	statuses := make([]v1alpha1.EndpointStatus, 0, len(spec.Ports)*len(l.Unresolved))
	for _, b := range l.Unresolved {
		for _, port := range spec.Ports {
			statuses = append(statuses, bareStatus(b, port, reports[b.Host.Address]))
		}
	}
	return statuses
}

func bareStatus(b hosts.Unresolved, port v1alpha1.Port, r hosts.NameReport) v1alpha1.EndpointStatus {
	status := v1alpha1.EndpointStatus{Host: b.Host.Address, Port: port.Name, State: v1alpha1.EndpointUnknown}
	if !b.Host.IsSRV() {
		status.TargetPort = b.Host.TargetPort(port)
	}
	if b.Denied {
		status.State, status.Reason = v1alpha1.EndpointDenied, string(probes.AddressDenied)
		return status
	}
	switch hosts.IntentOf(b.Host) {
	case v1alpha1.HostDisabled:
		status.State = v1alpha1.EndpointDisabled
		return status
	case v1alpha1.HostDrain:
		status.State = v1alpha1.EndpointDraining
	case v1alpha1.HostActive:
	}
	if r.Reason != "" {
		since := metav1.NewTime(r.Since).Rfc3339Copy()
		status.Reason, status.Since = string(r.Reason), &since
	}
	return status
}

// staleNames describes the names that cannot be resolved; empty: all can.
func staleNames(names []hosts.NameReport) string {
	var stale []string
	for _, n := range names {
		if n.Reason != "" {
			// With its date: an answer may outlive its resolver by days.
			stale = append(stale, StalePhrase(n.Label(), n.Reason)+n.Since.UTC().Format(time.RFC3339))
		}
	}
	return text.ShortList(stale)
}

// StalePhrase is followed by the time when the name could last not be resolved.
func StalePhrase(label string, reason probes.Reason) string {
	return label + " " + reason.Phrase() + " since "
}

// crowdedNames describes what is left out because there is too much of it.
func crowdedNames(r Report) string {
	var crowded []string
	for _, n := range r.Names {
		if n.Truncated > 0 {
			crowded = append(crowded, fmt.Sprintf("%s%d addresses", TruncatedPhrase(n.Name), n.Truncated))
		}
	}
	if r.Overflow {
		crowded = append(crowded, fmt.Sprintf("all hosts together are more than %d", hosts.MaxHosts))
	}
	if len(crowded) == 0 {
		return ""
	}
	return text.ShortList(crowded) + "; those in use are kept, and others are left out"
}

// TruncatedPhrase is followed by how many addresses the name may give.
func TruncatedPhrase(name string) string { return name + " gives more than " }

// nameChanges are the names that became stale, and those that resolve again, since the last
// event.
func nameChanges(before map[string]hosts.NameReport, names []hosts.NameReport) (stale, resolved []hosts.NameReport) {
	for _, n := range names {
		was := before[n.Name]
		switch {
		case n.Reason != "" && was.Reason == "":
			stale = append(stale, n)
		case n.Reason == "" && was.Reason != "":
			resolved = append(resolved, n)
		}
	}
	return stale, resolved
}

// namesOf lists names in a line; empty: there are none.
func namesOf(names []hosts.NameReport, describe func(hosts.NameReport) string) string {
	texts := make([]string, 0, len(names))
	for _, n := range names {
		texts = append(texts, strings.TrimSpace(describe(n)))
	}
	slices.Sort(texts)
	return text.ShortList(texts)
}

// ByName indexes reports by name.
func ByName(names []hosts.NameReport) map[string]hosts.NameReport {
	told := make(map[string]hosts.NameReport, len(names))
	for _, n := range names {
		told[n.Name] = n
	}
	return told
}

// IsNameFailure reports whether a reason says that a name cannot be resolved.
func IsNameFailure(reason string) bool {
	return reason == string(probes.NameNotFound) || reason == string(probes.NameTimeout)
}
