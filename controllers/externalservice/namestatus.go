package externalservice

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes"
)

// bareStatuses are the lines about names that no endpoint stands for: those without
// an address, and one for all that is denied of a name. Which addresses those are is
// nobody's business: whoever answers for the name could have the operator tell him
// what is inside the cluster.
func bareStatuses(spec v1alpha1.ExternalServiceSpec, l layout) []v1alpha1.EndpointStatus {
	reports := map[string]nameReport{}
	for _, r := range l.names {
		reports[r.name] = r
	}
	statuses := make([]v1alpha1.EndpointStatus, 0, len(spec.Ports)*len(l.bare))
	for _, b := range l.bare {
		for _, port := range spec.Ports {
			statuses = append(statuses, bareStatus(b, port, reports[b.host.Address]))
		}
	}
	return statuses
}

func bareStatus(b bare, port v1alpha1.Port, r nameReport) v1alpha1.EndpointStatus {
	status := v1alpha1.EndpointStatus{Host: b.host.Address, Port: port.Name, State: v1alpha1.EndpointUnknown}
	if !b.host.IsSRV() {
		status.TargetPort = b.host.TargetPort(port)
	}
	if b.denied {
		status.State, status.Reason = v1alpha1.EndpointDenied, string(probes.AddressDenied)
		return status
	}
	switch intentOf(b.host) {
	case v1alpha1.HostDisabled:
		status.State = v1alpha1.EndpointDisabled
		return status
	case v1alpha1.HostDrain:
		status.State = v1alpha1.EndpointDraining
	case v1alpha1.HostActive:
	}
	if r.reason != "" {
		since := metav1.NewTime(r.since).Rfc3339Copy()
		status.Reason, status.Since = string(r.reason), &since
	}
	return status
}

// staleNames describes the names that cannot be resolved; empty: all can.
func staleNames(names []nameReport) string {
	var stale []string
	for _, n := range names {
		if n.reason != "" {
			// With its date: an answer may outlive its resolver by days.
			stale = append(stale, stalePhrase(n.label(), n.reason)+n.since.UTC().Format(time.RFC3339))
		}
	}
	return shortList(stale)
}

// stalePhrase is followed by the time when the name could last not be resolved.
func stalePhrase(label string, reason probes.Reason) string {
	return label + " " + reason.Phrase() + " since "
}

// crowdedNames describes what is left out because there is too much of it.
func crowdedNames(r report) string {
	var crowded []string
	for _, n := range r.names {
		if n.truncated > 0 {
			crowded = append(crowded, fmt.Sprintf("%s%d addresses", truncatedPhrase(n.name), n.truncated))
		}
	}
	if r.overflow {
		crowded = append(crowded, fmt.Sprintf("all hosts together are more than %d", mostHosts))
	}
	if len(crowded) == 0 {
		return ""
	}
	return shortList(crowded) + "; those in use are kept, and others are left out"
}

// truncatedPhrase is followed by how many addresses the name may give.
func truncatedPhrase(name string) string { return name + " gives more than " }

// nameChanges are the names that went stale, and those that are no more, since
// they were last told of.
func nameChanges(before map[string]nameReport, names []nameReport) (stale, resolved []nameReport) {
	for _, n := range names {
		was := before[n.name]
		switch {
		case n.reason != "" && was.reason == "":
			stale = append(stale, n)
		case n.reason == "" && was.reason != "":
			resolved = append(resolved, n)
		}
	}
	return stale, resolved
}

// namesOf lists names in a line; empty: there are none.
func namesOf(names []nameReport, describe func(nameReport) string) string {
	texts := make([]string, 0, len(names))
	for _, n := range names {
		texts = append(texts, strings.TrimSpace(describe(n)))
	}
	slices.Sort(texts)
	return shortList(texts)
}

// byName is the memory of what was told.
func byName(names []nameReport) map[string]nameReport {
	told := make(map[string]nameReport, len(names))
	for _, n := range names {
		told[n.name] = n
	}
	return told
}
