package hosts

import (
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// Names is what the names of a spec resolve to. The zero value is that of names without a
// lookup so far.
type Names struct {
	Answers map[string]resolve.Answer
	// Reported is the previous report on each name.
	Reported map[string]NameReport
	// UnconfirmedRecords are places that are taken for those of some name because they are
	// published and nothing else explains them; see [recovery.Records].
	UnconfirmedRecords map[resolve.Record]bool
	// InUse reports whether an endpoint was there before; nil: none was.
	InUse func(engine.MemberID) bool
	// Denied reports whether a name must not be looked up; nil: none is denied.
	Denied func(string) bool
}

// NameReport is what status and events say of a name.
type NameReport struct {
	Name string
	// awaited: the first lookup has not ended, and nothing is known of the name.
	awaited bool
	// NoRecords: it has no record, of a lookup before or any other.
	NoRecords bool
	// Reason is why the name cannot be resolved, since when; "": it can be.
	Reason probes.Reason
	Since  time.Time
	// Family is the one that cannot be resolved while the other can; "": all of them.
	Family resolve.Family
	// Denied: the name, or some of what it leads to, is denied. It is read from the status
	// alone, for the time until the first lookup ends.
	Denied bool
	// Truncated: it gives more than so many addresses; 0: it does not.
	Truncated int
}

// QuestionsFor are the lookups that the object needs. A denied name is not looked up.
func QuestionsFor(f facts.Facts, remembered map[string][]resolve.Record, denied func(string) bool) []resolve.Question {
	var questions []resolve.Question
	r := f.Object.Spec.Resolution
	families := FamiliesOf(f)
	for _, host := range f.Object.Spec.Hosts {
		if !AsksFor(host) || denied != nil && denied(host.Address) {
			continue
		}
		questions = append(questions, resolve.Question{
			Name: host.Address, Families: families, MaxAddresses: r.EffectiveMaxAddresses(),
			MinTTL: r.EffectiveMinTTL(), MaxTTL: r.EffectiveMaxTTL(), Remembered: remembered[host.Address],
		})
	}
	return questions
}

// AsksFor reports whether the host is a name that has to be looked up. A disabled
// one has not: it is as if it were not listed.
func AsksFor(host v1alpha1.Host) bool {
	return host.IsName() && isDomain(host.Address) && IntentOf(host) != v1alpha1.HostDisabled
}

// FamiliesOf are the address families that names are looked up for.
func FamiliesOf(f facts.Facts) []resolve.Family {
	wanted := f.Object.Spec.Resolution.EffectiveFamilies(serviceFamilies(f))
	families := make([]resolve.Family, 0, len(wanted))
	for _, family := range wanted {
		families = append(families, resolve.Family(family))
	}
	return families
}

// serviceFamilies are those of the Service. While the Service is missing they are those of its
// slices: a family that is not looked up loses its records at once, and a recreated Service must
// not lose its hosts. A Service that never existed gets IPv4 in most clusters; the other
// families are looked up once it exists.
func serviceFamilies(f facts.Facts) []corev1.IPFamily {
	if f.Service != nil && len(f.Service.Spec.IPFamilies) > 0 {
		return f.Service.Spec.IPFamilies
	}
	families := slices.Clone(f.Object.Spec.Service.IPFamilies)
	for _, slice := range f.Slices {
		family := corev1.IPFamily(slice.AddressType)
		if !slices.Contains(families, family) && slice.AddressType != discoveryv1.AddressTypeFQDN {
			families = append(families, family)
		}
	}
	if len(families) == 0 {
		return []corev1.IPFamily{facts.PrimaryFamily(f)}
	}
	return families
}

// isDomain reports whether the text has the form of an absolute name. The API server rejects
// others; one in a stale cache is not looked up.
func isDomain(text string) bool {
	labels := strings.Split(text, ".")
	return len(labels) > 1 && !slices.Contains(labels, "") && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// answer is what the name resolves to. A name without a lookup so far is pending.
func (n Names) answer(name string) resolve.Answer {
	if a, asked := n.Answers[name]; asked {
		return a
	}
	return resolve.Answer{Pending: true}
}

// settled reports whether every name has given a good answer for the family, or rightly
// none: then there is no need to guess any more which name a published address belongs
// to. A family that fails says nothing about the addresses of the other one.
func (n Names) settled(family resolve.Family) bool {
	for _, a := range n.Answers {
		if a.Pending || !slices.Contains(a.Settled, family) {
			return false
		}
	}
	return true
}

// ConfirmFamilies drops the unconfirmed records of families that are settled or not looked up.
func (n Names) ConfirmFamilies(asked []resolve.Family) {
	for _, family := range []resolve.Family{resolve.IPv4, resolve.IPv6} {
		if slices.Contains(asked, family) && !n.settled(family) {
			continue
		}
		maps.DeleteFunc(n.UnconfirmedRecords, func(r resolve.Record, _ bool) bool { return r.Address.Is4() == (family == resolve.IPv4) })
	}
}

// denies reports whether the host is a name that must not be looked up.
func (n Names) denies(host v1alpha1.Host) bool { return n.Denied != nil && n.Denied(host.Address) }

// report is the report on the host's name. Until the first lookup ends it is the previous one.
// A name that still fails keeps its `since`, so that a new leader reports no change.
func (n Names) report(host v1alpha1.Host, most int) NameReport {
	a, before := n.answer(host.Address), n.Reported[host.Address]
	now := NameReport{Name: host.Address, Reason: a.Reason, Since: a.StaleSince, NoRecords: len(a.Records) == 0}
	if a.Truncated {
		now.Truncated = most
	}
	if len(a.Failing) == 1 && len(a.Settled) > 0 {
		now.Family = a.Failing[0]
	}
	switch {
	case a.Pending && before.known():
		return before
	case a.Pending:
		now.awaited = len(a.Records) == 0
	case before.Reason != "" && now.Reason != "" && before.Since.Before(now.Since):
		now.Since = before.Since
	}
	return now
}

// Label is the name, with the family where it is about one of two.
func (r NameReport) Label() string {
	if r.Family == "" {
		return r.Name
	}
	return r.Name + " (" + string(r.Family) + ")"
}

// known reports whether the report says anything.
func (r NameReport) known() bool { return r.Reason != "" || r.Truncated > 0 || r.Denied }
