package externalservice

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes"
)

// mostNamed is how many hosts a message names; more would be a list nobody reads.
const mostNamed = 3

// summary tells the health of the hosts in a line:
// "2 of 3 hosts healthy; 203.0.113.10:5432 connection refused since 10:00:00Z".
func summary(endpoints []v1alpha1.EndpointStatus, hosts v1alpha1.HostCounts) string {
	if hosts.Total == 0 {
		return "no hosts"
	}
	text := fmt.Sprintf("%d of %d hosts healthy", hosts.Healthy, hosts.Total)
	if list := unhealthyList(endpoints); list != "" {
		text += "; " + list
	}
	return text
}

func unhealthyList(endpoints []v1alpha1.EndpointStatus) string {
	return listOf(endpoints, v1alpha1.EndpointUnhealthy, func(e v1alpha1.EndpointStatus) string {
		text := strings.TrimSpace(endpointName(e) + " " + phraseOf(e))
		if e.Since != nil {
			text += " since " + e.Since.UTC().Format("15:04:05Z")
		}
		return text
	})
}

func deniedList(endpoints []v1alpha1.EndpointStatus) string {
	return listOf(endpoints, v1alpha1.EndpointDenied, func(e v1alpha1.EndpointStatus) string {
		return endpointName(e) + " denied by the address policy"
	})
}

// listOf describes the first endpoints in a state and counts the rest.
func listOf(endpoints []v1alpha1.EndpointStatus, state v1alpha1.EndpointState,
	describe func(v1alpha1.EndpointStatus) string,
) string {
	var named []string
	more := 0
	for _, e := range endpoints {
		switch {
		case e.State != state:
		case len(named) < mostNamed:
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

// shortList names the first texts and counts the rest.
func shortList(texts []string) string {
	if len(texts) <= mostNamed {
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(texts[:mostNamed], ", "), len(texts)-mostNamed)
}

func endpointName(e v1alpha1.EndpointStatus) string {
	if strings.Contains(e.Host, ":") {
		return fmt.Sprintf("[%s]:%d", e.Host, e.TargetPort)
	}
	return fmt.Sprintf("%s:%d", e.Host, e.TargetPort)
}

// compareHosts orders addresses as numbers, 192.0.2.9 before 192.0.2.10.
func compareHosts(a, b string) int {
	first, errFirst := netip.ParseAddr(a)
	second, errSecond := netip.ParseAddr(b)
	if errFirst != nil || errSecond != nil {
		return cmp.Compare(a, b)
	}
	return first.Compare(second)
}

// backingOff is what is said while somebody else keeps changing our objects.
func backingOff() string {
	return fmt.Sprintf("somebody else keeps changing what is published for this Service; "+
		"it was restored %d times within %.0f s and is left alone for a while", mostReverts, revertWindow.Seconds())
}

// phraseOf is the endpoint's failure in words, if it has one.
func phraseOf(e v1alpha1.EndpointStatus) string {
	if e.Reason == "" {
		return ""
	}
	return probes.Reason(e.Reason).Phrase()
}
