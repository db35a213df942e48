package externalservice

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// names is what the names of a spec mean. The zero value is that of names which
// nobody has asked for yet.
type names struct {
	answers map[string]resolve.Answer
	// told is what was told of the names before.
	told map[string]nameReport
	// guessed are places that are taken for those of some name because they are
	// published and nothing else explains them; see [recollection].
	guessed map[resolve.Record]bool
	// inUse reports whether an endpoint was there before; nil: none was.
	inUse func(engine.MemberID) bool
}

// nameReport is what is to be told of a name.
type nameReport struct {
	name string
	// awaited: the first lookup has not ended, and nothing is known of the name.
	awaited bool
	// blank: it has no record, of a lookup before or any other.
	blank bool
	// reason is why the name cannot be resolved, since when; "": it can be.
	reason probes.Reason
	since  time.Time
	// truncated: it gives more than so many addresses; 0: it does not.
	truncated int
}

// questionsFor are what the resolver is to be asked for the object.
func questionsFor(f facts, remembered map[string][]resolve.Record) []resolve.Question {
	var questions []resolve.Question
	r := f.object.Spec.Resolution
	families := familiesOf(f)
	for _, host := range f.object.Spec.Hosts {
		if !asksFor(host) {
			continue
		}
		questions = append(questions, resolve.Question{
			Name: host.Address, Families: families, MaxAddresses: r.EffectiveMaxAddresses(),
			MinTTL: r.EffectiveMinTTL(), MaxTTL: r.EffectiveMaxTTL(), Remembered: remembered[host.Address],
		})
	}
	return questions
}

// asksFor reports whether the host is a name that has to be looked up. A disabled
// one has not: it is as if it were not listed.
func asksFor(host v1alpha1.Host) bool {
	return host.IsName() && isDomain(host.Address) && intentOf(host) != v1alpha1.HostDisabled
}

// familiesOf are the families that names are asked for. A Service that is not
// there yet gets IPv4 in most clusters; the others are asked anew once it is.
func familiesOf(f facts) []resolve.Family {
	service := []corev1.IPFamily{primaryFamily(f)}
	switch {
	case f.service != nil && len(f.service.Spec.IPFamilies) > 0:
		service = f.service.Spec.IPFamilies
	case len(f.object.Spec.Service.IPFamilies) > 0:
		service = f.object.Spec.Service.IPFamilies
	}
	wanted := f.object.Spec.Resolution.EffectiveFamilies(service)
	families := make([]resolve.Family, 0, len(wanted))
	for _, family := range wanted {
		families = append(families, resolve.Family(family))
	}
	return families
}

// isDomain reports whether the text has the form of an absolute name. The API
// server refuses others; one that slipped by is asked of nobody.
func isDomain(text string) bool {
	labels := strings.Split(text, ".")
	return len(labels) > 1 && !slices.Contains(labels, "") && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// answer is what the name means. One that nobody has asked for is pending.
func (n names) answer(name string) resolve.Answer {
	if a, asked := n.answers[name]; asked {
		return a
	}
	return resolve.Answer{Pending: true}
}

// settled reports whether every name has given a good answer: then there is no
// need to guess any more whose a published address is.
func (n names) settled() bool {
	for _, a := range n.answers {
		if a.Pending || a.Stale {
			return false
		}
	}
	return true
}

// report is what is to be told of the host's name. Until the first lookup ends that
// is what was told before, and a name that goes on failing fails since then:
// a restart is no news.
func (n names) report(host v1alpha1.Host, most int) nameReport {
	a, before := n.answer(host.Address), n.told[host.Address]
	now := nameReport{name: host.Address, reason: a.Reason, since: a.StaleSince, blank: len(a.Records) == 0}
	if a.Truncated {
		now.truncated = most
	}
	switch {
	case a.Pending && before.known():
		return before
	case a.Pending:
		now.awaited = len(a.Records) == 0
	case before.reason != "" && now.reason != "" && before.since.Before(now.since):
		now.since = before.since
	}
	return now
}

// known reports whether there is anything to be told.
func (r nameReport) known() bool { return r.reason != "" || r.truncated > 0 }
