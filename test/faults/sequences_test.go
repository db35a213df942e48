package faults

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/util/retry"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// sequences is how many there are of how many steps each.
func sequences() (many, steps int) {
	if waits.Full() {
		return 500, 20
	}
	return 8, 25
}

// mostReconciles is what a step may cost: the change, what the API server makes of
// it, and what others wake the object for.
const mostReconciles = 4

// TestAnySequenceOfSpecsConverges has users change a spec in any way and back again.
// After each step the slices say what the spec says, after as few writes as any
// algorithm needs; and in the end all is as if the last spec had been the first.
func TestAnySequenceOfSpecsConverges(t *testing.T) {
	t.Parallel()
	many, steps := sequences()
	// Random seeds are for the soak.
	for name, value := range map[string]string{"rapid.checks": fmt.Sprint(many), "rapid.seed": "17"} {
		if f := flag.Lookup(name); f.Value.String() == f.DefValue && (name == "rapid.checks" || !waits.Full()) {
			if err := flag.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	w := newWorld(t)
	w.start(t, install.Options{})
	base := w.reconciles(t)
	r := &replay{World: w, t: t}
	rapid.Check(t, func(rt *rapid.T) { r.sequence(rt, steps) })

	if reconciles := w.reconciles(t) - base; reconciles > r.changes*mostReconciles {
		t.Errorf("%d reconciles for %d changes of specs", reconciles, r.changes)
	} else {
		t.Logf("measured: %d changes of specs, %d refused, %d reconciles, writes: %v",
			r.changes, r.refused, reconciles, counted(w.Proxy.Journal(proxy.Writes)))
	}
	w.auditWrites(t)
}

// replay plays sequences in a world, each with an object of its own.
type replay struct {
	*World
	t *testing.T
	// objects have been made; changes of specs were taken by the API server, refused
	// were not.
	objects, changes, refused int
}

func (r *replay) sequence(t *rapid.T, steps int) {
	object := r.made(t, v1alpha1.ExternalServiceSpec{
		// Who takes the policy away changes nothing, as in a Service: its second address
		// goes only when somebody says so.
		Service: v1alpha1.ServiceSpec{IPFamilyPolicy: new(corev1.IPFamilyPolicySingleStack)},
		Ports:   []v1alpha1.Port{{Name: "p0", Port: 80}}, Hosts: pool(0, 2),
		HealthCheck: v1alpha1.HealthCheck{None: &v1alpha1.NoCheck{}},
	})
	past := []v1alpha1.ExternalServiceSpec{*object.Spec.DeepCopy()}
	for range steps {
		next := *object.Spec.DeepCopy()
		if what := rapid.SampledFrom(append(slices.Sorted(maps.Keys(specEdits)), "rolled back")).Draw(t, "edit"); what == "rolled back" {
			next = past[rapid.IntRange(0, len(past)-1).Draw(t, "to")]
		} else {
			specEdits[what](t, &next)
		}
		r.step(t, object, next)
		past = append(past, *object.Spec.DeepCopy())
	}
	last := *object.Spec.DeepCopy()
	last.Mode = v1alpha1.ModePublish
	r.step(t, object, last)

	first := r.made(t, *last.DeepCopy())
	diff := cmp.Diff(r.essence(first.Name), r.essence(object.Name))
	for _, o := range []*v1alpha1.ExternalService{object, first} {
		if err := r.Client.Delete(r.t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if diff != "" {
		t.Fatalf("not as if the last spec had been the first (-first +last):\n%s", diff)
	}
	r.awaitCollected(t, object.Name, first.Name)
}

// awaitCollected waits until nothing is left of deleted objects, and nothing has been written
// for a moment: on a busy machine the operator may hear that a Service was collected
// before it hears why, and make it anew, which are no writes of the next object.
func (r *replay) awaitCollected(t *rapid.T, names ...string) {
	const moment = 200 * time.Millisecond
	writes, since := len(r.Proxy.Journal(proxy.Writes)), time.Now()
	if err := waits.Until(r.t.Context(), waits.Timeout, 20*time.Millisecond, func() error {
		for _, name := range names {
			err := r.Client.Get(r.t.Context(), client.ObjectKey{Namespace: r.Namespace, Name: name}, &corev1.Service{})
			if client.IgnoreNotFound(err) != nil {
				return err
			}
			if err == nil || len(r.slices(r.t, name)) > 0 {
				return fmt.Errorf("something of %s is still there", name)
			}
		}
		if n := len(r.Proxy.Journal(proxy.Writes)); n > writes {
			writes, since = n, time.Now()
		}
		if rest := time.Since(since); rest < moment {
			return fmt.Errorf("quiet for %s of %s", rest, moment)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// made makes an object and waits until it is served.
func (r *replay) made(t *rapid.T, spec v1alpha1.ExternalServiceSpec) *v1alpha1.ExternalService {
	r.objects++
	r.changes++
	o := r.unchecked(0)
	o.Name, o.Spec = fmt.Sprint(service, "-", r.objects), spec
	if err := r.Client.Create(r.t.Context(), o); err != nil {
		t.Fatal(err)
	}
	r.await(t, o)
	return o
}

// step changes the spec and looks at what that did.
func (r *replay) step(t *rapid.T, o *v1alpha1.ExternalService, spec v1alpha1.ExternalServiceSpec) {
	before, generation := r.said(o.Name), o.Generation
	since := len(r.Proxy.Journal(proxy.Writes))
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if err := r.Client.Get(r.t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
			return err
		}
		o.Spec = *spec.DeepCopy()
		return r.Client.Update(r.t.Context(), o)
	})
	if apierrors.IsInvalid(err) {
		r.refused++
		err = r.Client.Get(r.t.Context(), client.ObjectKeyFromObject(o), o)
	}
	if err != nil {
		t.Fatal(err)
	}
	if o.Generation == generation {
		return
	}
	r.changes++
	r.await(t, o)
	r.wantFewWrites(t, counted(r.Proxy.Journal(proxy.Writes)[since:]), before, r.said(o.Name), o.Spec.Observes())
}

// await waits until the spec is what is served.
func (r *replay) await(t *rapid.T, o *v1alpha1.ExternalService) {
	if err := waits.Until(r.t.Context(), waits.Timeout, 20*time.Millisecond, func() error {
		if err := r.Client.Get(r.t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
			return err
		}
		programmed := meta.IsStatusConditionTrue(o.Status.Conditions, v1alpha1.ConditionProgrammed)
		if o.Status.ObservedGeneration != o.Generation || !programmed && !o.Spec.Observes() {
			return fmt.Errorf("generation %d is observed of %d: %v", o.Status.ObservedGeneration, o.Generation, o.Status.Conditions)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if o.Spec.Observes() {
		return
	}
	ready := map[string]bool{}
	for _, s := range r.slices(r.t, o.Name) {
		if len(s.Endpoints) > 100 {
			t.Fatalf("%s has %d endpoints", s.Name, len(s.Endpoints))
		}
		for _, e := range s.Endpoints {
			if *e.Conditions.Ready {
				ready[e.Addresses[0]] = true
			}
		}
	}
	if diff := cmp.Diff(expected(o.Spec), append([]string{}, slices.Sorted(maps.Keys(ready))...)); diff != "" {
		t.Fatalf("other addresses get traffic than the spec says (-want +got):\n%s", diff)
	}
}

// essence is the state without how endpoints are spread over slices: that may come
// of what was there before, or every change would write them all.
func (r *replay) essence(name string) []string {
	return slices.DeleteFunc(r.stateOf(r.t, name), func(line string) bool { return strings.HasPrefix(line, "Slice ") })
}

// saying is what a slice says of an endpoint.
type saying struct{ slice, group, text string }

// said is what the slices say of each endpoint: an address on its ports.
func (r *replay) said(name string) map[string]saying {
	all := map[string]saying{}
	for _, s := range r.slices(r.t, name) {
		group := r.line(string(s.AddressType), s.Ports)
		for _, e := range s.Endpoints {
			e := discoveryv1.Endpoint{Conditions: e.Conditions, Hostname: e.Hostname, Zone: e.Zone, Hints: e.Hints, Addresses: e.Addresses}
			text, err := json.Marshal(e)
			if err != nil {
				r.t.Fatal(err)
			}
			all[group+e.Addresses[0]] = saying{s.Name, group, string(text)}
		}
	}
	return all
}

// wantFewWrites compares with what no algorithm can do without: a write for each
// slice of which some endpoint changes, and one for each hundred that are added.
func (r *replay) wantFewWrites(t *rapid.T, count map[string]int, before, after map[string]saying, observes bool) {
	touched, added, most := map[string]bool{}, map[string]int{}, map[string]int{}
	for key, was := range before {
		if is, stays := after[key]; !stays || is.text != was.text {
			touched[was.slice] = true
		}
	}
	for key, is := range after {
		if _, there := before[key]; !there {
			added[is.group]++
		}
	}
	most["endpointslices"] = len(touched)
	for _, n := range added {
		most["endpointslices"] += (n + 99) / 100
	}
	most["services"], most["endpoints"], most["externalservices/status"] = 1, 1, 2
	if observes {
		most = map[string]int{"externalservices/status": 2}
	}
	got := map[string]int{}
	for call, n := range count {
		_, resource, _ := strings.Cut(call, " ")
		got[resource] += n
	}
	for resource, n := range got {
		if n > most[resource] {
			t.Fatalf("%d writes of %s, at most %d were needed: %v", n, resource, most[resource], count)
		}
	}
}

// reconciles is how often the operator has looked at an object. It fails the test
// when one of them panicked.
func (w *World) reconciles(t *testing.T) int {
	t.Helper()
	if panics := w.metric(t, "controller_runtime_reconcile_panics_total"); panics > 0 {
		t.Errorf("%v reconciles panicked", panics)
	}
	const total = "controller_runtime_reconcile_total"
	return int(w.metric(t, total, `controller="externalservice"`) + w.metric(t, total, `controller="externalservice-removals"`))
}

// metric is the sum of all series of a metric that have these labels.
func (w *World) metric(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	text, err := w.Operator.Metrics(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, name+"{") && !strings.HasPrefix(line, name+" ") ||
			slices.ContainsFunc(labels, func(label string) bool { return !strings.Contains(line, label) }) {
			continue
		}
		var value float64
		if _, err := fmt.Sscan(line[strings.LastIndexByte(strings.TrimSpace(line), ' '):], &value); err != nil {
			t.Fatalf("read %q: %v", line, err)
		}
		sum += value
	}
	return sum
}
