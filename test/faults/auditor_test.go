package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
)

// promise is what the auditor holds the operator to, beside what always counts.
type promise struct {
	// always are served in every state since all of them were for the first time.
	always []string
	// never are in no state.
	never []string
	// mayEmpty: the user has asked for what takes the last host out.
	mayEmpty bool
}

// audit judges all that the watch on the slices has shown and all that the operator
// has written: every state, those between two others too.
func (w *World) audit(t *testing.T, p promise) {
	t.Helper()
	states, err := w.recorded.States()
	if err != nil {
		t.Fatal(err)
	}
	began, nonEmpty := len(p.always) == 0, false
	for _, s := range states {
		began = began || contains(s.Ready, p.always)
		if began && !contains(s.Ready, p.always) {
			t.Errorf("at %s a healthy host was out: %d of the others were in", s.At.UTC().Format("15:04:05.000"), len(s.Ready))
		}
		if nonEmpty && len(s.Ready) == 0 && !p.mayEmpty {
			t.Errorf("at %s the Service was empty", s.At.UTC().Format("15:04:05.000"))
		}
		nonEmpty = nonEmpty || len(s.Ready) > 0
		for _, address := range p.never {
			if slices.Contains(s.Ready, address) {
				t.Errorf("at %s %s got traffic", s.At.UTC().Format("15:04:05.000"), address)
			}
		}
	}
	w.auditWrites(t)
}

func contains(all, some []string) bool {
	return !slices.ContainsFunc(some, func(one string) bool { return !slices.Contains(all, one) })
}

// mine are the resources that the operator may write, in the namespace of its object.
var mine = []string{"services", "endpoints", "endpointslices", "externalservices/status", "events"}

// auditWrites: nothing is written that is not ours.
func (w *World) auditWrites(t *testing.T) {
	t.Helper()
	for _, write := range w.Proxy.Journal(proxy.Call.IsWrite) {
		switch {
		case write.Resource == "leases", write.Resource == "events" && write.Namespace == install.Namespace: // the election
		case write.Namespace != w.Namespace || !slices.Contains(mine, write.Resource):
			t.Errorf("the operator wrote what is not its: %s %s/%s", write.Call, write.Namespace, write.Name)
		case write.Resource != "events" && write.Name != "" && !strings.HasPrefix(write.Name, service):
			t.Errorf("the operator wrote what is not its: %s %s/%s", write.Call, write.Namespace, write.Name)
		}
	}
	for _, before := range w.bystanders {
		now := before.DeepCopyObject().(client.Object)
		if !w.get(t, before.GetName(), now) || now.GetResourceVersion() != before.GetResourceVersion() {
			t.Errorf("%T %s of somebody else was touched", before, before.GetName())
		}
	}
}

// addBystanders makes objects of the kinds that the operator writes, for it to leave
// alone: a Service of others, and a slice and Endpoints of theirs.
func (w *World) addBystanders(t *testing.T) {
	t.Helper()
	meta := func(labels map[string]string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: w.Namespace, Name: "bystander", Labels: labels}
	}
	w.bystanders = []client.Object{
		&corev1.Service{ObjectMeta: meta(nil), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
		&discoveryv1.EndpointSlice{
			ObjectMeta: meta(map[string]string{
				discoveryv1.LabelServiceName: "bystander", discoveryv1.LabelManagedBy: "somebody",
			}),
			AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{"203.0.113.1"}}},
		},
		&corev1.Endpoints{ObjectMeta: meta(map[string]string{discoveryv1.LabelSkipMirror: "true"})},
	}
	for _, object := range w.bystanders {
		w.Create(t, object)
	}
}

// dataPlane are the committed writes of what traffic follows, in their order. The
// status is written again by whoever finds it old, and nobody's traffic hangs on it.
func (w *World) dataPlane(since int) []string {
	var all []string
	for _, write := range w.Proxy.Journal(proxy.Writes)[since:] {
		if write.Committed() && !strings.HasSuffix(write.Resource, "/status") {
			all = append(all, write.String())
		}
	}
	return all
}

// rests returns nil when nothing was written for a while, events included.
func (w *World) rests(since time.Time) error {
	writes := w.Proxy.Journal(func(c proxy.Call) bool { return c.IsWrite() && c.Resource != "leases" })
	last := since
	if len(writes) > 0 && writes[len(writes)-1].At.After(last) {
		last = writes[len(writes)-1].At
	}
	if rest := time.Since(last); rest < quiet {
		return fmt.Errorf("quiet for %s of %s", rest.Round(time.Millisecond), quiet)
	}
	return nil
}

// counted counts calls by verb and resource.
func counted(writes []proxy.Write) map[string]int {
	count := map[string]int{}
	for _, write := range writes {
		count[write.String()]++
	}
	return count
}

// most returns what count has more of than limit times the undisturbed run, plus a few.
func most(count, undisturbed map[string]int, times, more int) []string {
	var over []string
	for _, what := range slices.Sorted(maps.Keys(count)) {
		if limit := undisturbed[what]*times + more; count[what] > limit {
			over = append(over, fmt.Sprintf("%s: %d times, %d undisturbed, at most %d", what, count[what], undisturbed[what], limit))
		}
	}
	return over
}
