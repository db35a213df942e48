package externalservice

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// otherNews are reasons whose events this package does not send from conditions alone.
var otherNews = map[string]string{"NameStale": "Warning", "NameResolved": "Normal"}

// untoldReasons are those that no event has: what is as it should be, and what other events tell.
var untoldReasons = []string{
	"Accepted", "Programmed", "Available", "Ready", "Pending",
	"BelowMinHealthy", "AllUnhealthy", "NoHosts", "HostsUnhealthy", // HostUnhealthy and FailStatic tell
	"LocalTrafficPolicy", "FamilyMismatch", "Truncated", "HostDenied", // of the spec: the status tells
}

// documented are the types of events by reason, as docs/user/events.md has them.
func documented(t *testing.T) map[string]string {
	t.Helper()
	content, err := os.ReadFile("../../docs/user/events.md")
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, line := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\w+) \\| .+ \\|$").FindAllStringSubmatch(string(content), -1) {
		types[line[1]] = line[2]
	}
	return types
}

// constants are the strings of a file's constants whose names begin so.
func constants(t *testing.T, file, prefix string) []string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(tree, func(node ast.Node) bool {
		if spec, isValue := node.(*ast.ValueSpec); isValue && strings.HasPrefix(spec.Names[0].Name, prefix) {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}

func TestEveryReasonIsADocumentedEventOrSilent(t *testing.T) {
	known := map[string]bool{}
	for reason := range documented(t) {
		known[reason] = true
	}
	for _, reason := range untoldReasons {
		if known[reason] {
			t.Errorf("%s is documented as an event, and listed as one that is not", reason)
		}
		known[reason] = true
	}
	for _, reason := range append(constants(t, "../../api/v1alpha1/reasons.go", "Reason"), constants(t, "events.go", "event")...) {
		if !known[reason] {
			t.Errorf("docs/user/events.md does not list %s", reason)
		}
	}
}

func TestEventsAreSentAsTheyAreDocumented(t *testing.T) {
	sent := map[string]string{}
	note := func(list []string) {
		for _, event := range list {
			words := strings.Fields(event)
			sent[words[1]] = words[0]
		}
	}
	ready, first := reported(object(), telling(lines(v1alpha1.EndpointHealthy)...))
	note(first)
	for _, reason := range []string{
		v1alpha1.ReasonServiceConflict, v1alpha1.ReasonServiceHasSelector, v1alpha1.ReasonServiceNotFound,
		v1alpha1.ReasonServiceTypeUnsupported, v1alpha1.ReasonPortMismatch, v1alpha1.ReasonClaimed, v1alpha1.ReasonInvalidHost,
		v1alpha1.ReasonLimitExceeded,
	} {
		_, list := reported(ready, status.Report{Acceptance: desired.Acceptance{Reason: reason, Message: "x"}, Programmed: status.Programmed{Reason: v1alpha1.ReasonPending, Message: "x"}})
		note(list)
	}
	for _, reason := range []string{v1alpha1.ReasonWriteFailed, v1alpha1.ReasonRestricted, v1alpha1.ReasonObserving} {
		r := telling(lines(v1alpha1.EndpointHealthy)...)
		r.Programmed = status.Programmed{Reason: reason, Message: "x"}
		_, list := reported(ready, r)
		note(list)
	}
	held, isolated := telling(lines(v1alpha1.EndpointUnhealthy)...), telling(lines(v1alpha1.EndpointUnhealthy)...)
	held.Outage, isolated.Isolated = true, true
	_, list := reported(ready, isolated)
	note(list)
	inOutage, list := reported(ready, held,
		status.Transition{Endpoint: line(1, v1alpha1.EndpointUnhealthy, probes.ConnectionRefused), To: health.Unhealthy})
	note(list)
	_, list = reported(inOutage, telling(lines(v1alpha1.EndpointHealthy)...), status.Transition{Endpoint: line(1, v1alpha1.EndpointHealthy, ""), To: health.Healthy})
	note(list)

	for reason, kind := range otherNews {
		sent[reason] = kind
	}
	if diff := cmp.Diff(documented(t), sent); diff != "" {
		t.Errorf("types by reason (-docs/user/events.md +sent):\n%s", diff)
	}
}
