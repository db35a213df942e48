package quiet

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// restful is how many objects are at rest, one in five with a host that is down.
const restful = 50

// restWindow is how long nothing may be written at rest.
func restWindow() time.Duration { return waits.ShortOrFull(30*time.Second, 2*time.Minute) }

func TestIdleOperatorWritesNothing(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	victim := hosts[3]
	for i := range restful {
		object := w.Web(fmt.Sprintf("quiet-%02d", i), hosts[i%3], hosts[(i+1)%3], victim)
		if i%5 == 0 {
			object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: framework.DeadAddress})
		}
		w.Create(t, object)
	}
	waits.Eventually(t, waits.Timeout, func() error { return w.Settled(t, restful) })
	w.AwaitRest(t)

	began := time.Now()
	waits.Elapse(t, restWindow())
	w.NoWrites(t, began)
	t.Logf("measured: quiet: %d writes by %d objects in %s", len(w.Writes(t, began)), restful, restWindow())

	fell := time.Now()
	if err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
	w.costsOneOfEach(t, "a host of all objects died", fell)

	rose := time.Now()
	if err := victim.Recover(); err != nil {
		t.Fatal(err)
	}
	w.costsOneOfEach(t, "the host came back", rose)
}

// costsOneOfEach waits until a transition of one host in every object is over,
// and checks what each object cost: a slice, an Endpoints, a status, an event.
func (w *World) costsOneOfEach(t *testing.T, what string, since time.Time) {
	t.Helper()
	want := map[string]int{
		"update endpointslices":          restful,
		"update endpoints":               restful,
		"update externalservices/status": restful,
		"create events":                  restful,
	}
	waits.Eventually(t, waits.Timeout, func() error {
		if got := framework.Count(w.Writes(t, since)); got["create events"] < restful {
			return fmt.Errorf("when %s there were only %s", what, framework.InWords(got))
		}
		return nil
	})
	w.AwaitRest(t)
	events := w.Writes(t, since)
	if diff := cmp.Diff(want, framework.Count(events)); diff != "" {
		t.Errorf("writes when %s (- want, + got):\n%s", what, diff)
	}
	for resource, times := range framework.MostOften(events) {
		if times > 1 {
			t.Errorf("when %s one object had %d x %s", what, times, resource)
		}
	}
	var last time.Time
	for _, e := range events {
		if e.Resource() == "endpointslices" {
			last = e.Answered
		}
	}
	t.Logf("measured: when %s, %d objects cost %s; the last slice was written after %d ms",
		what, restful, framework.InWords(framework.Count(events)), last.Sub(since).Milliseconds())
}
