package framework

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/audit"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// OperatorUser is how the API server knows the operator.
const OperatorUser = "system:serviceaccount:" + install.Namespace + ":" + install.ServiceAccount

// quietBefore is how long nothing must have been written for the cluster to be
// at rest: longer than an interval of any test's check.
const quietBefore = 2 * time.Second

// Writes are the operators' write requests since then, refused
// requests included. The lease is what a leader costs and does not count, nor do
// the other resources that are named.
func (w *World) Writes(t *testing.T, since time.Time, without ...string) []audit.Event {
	t.Helper()
	events, err := w.Cluster.Audit().Events(audit.Query{
		Username: OperatorUser, Since: since, Writes: true, Without: append(without, "leases"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// NoWrites fails the test when operators have written anything else since then.
func (w *World) NoWrites(t *testing.T, since time.Time, without ...string) {
	t.Helper()
	if events := w.Writes(t, since, without...); len(events) > 0 {
		t.Errorf("%d writes where nothing changed:\n%s", len(events), describe(events))
	}
}

// AwaitRest waits until operators have written nothing for a while.
func (w *World) AwaitRest(t *testing.T) {
	t.Helper()
	began := time.Now()
	waits.Eventually(t, waits.Timeout, func() error {
		since := time.Now().Add(-quietBefore)
		if since.Before(began) {
			return fmt.Errorf("watched for less than %s", quietBefore)
		}
		if events := w.Writes(t, since); len(events) > 0 {
			return fmt.Errorf("still writing:\n%s", describe(events))
		}
		return nil
	})
}

// describe lists writes, the first of them when there are many.
func describe(events []audit.Event) string {
	const most = 20
	var lines []string
	for _, e := range events[:min(len(events), most)] {
		lines = append(lines, fmt.Sprintf("%s %s %s %s/%s: %d", e.Received.UTC().Format("15:04:05.000"),
			e.Verb, e.Resource(), e.Object.Namespace, e.Object.Name, e.Status.Code))
	}
	if len(events) > most {
		lines = append(lines, fmt.Sprintf("and %d more", len(events)-most))
	}
	return strings.Join(lines, "\n")
}

// Count counts writes by verb and resource, "update endpointslices".
func Count(events []audit.Event) map[string]int {
	counts := map[string]int{}
	for _, e := range events {
		counts[e.Verb+" "+e.Resource()]++
	}
	return counts
}

// MostOften is how often the object that was written most was written, by verb
// and resource.
func MostOften(events []audit.Event) map[string]int {
	byObject, most := map[string]int{}, map[string]int{}
	for _, e := range events {
		what := e.Verb + " " + e.Resource()
		object := what + " " + e.Object.Namespace + "/" + e.Object.Name
		byObject[object]++
		most[what] = max(most[what], byObject[object])
	}
	return most
}

// InWords is a count for people, sorted.
func InWords(counts map[string]int) string {
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d x %s", counts[what], what))
	}
	return strings.Join(parts, ", ")
}
