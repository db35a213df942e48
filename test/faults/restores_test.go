package faults

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// restoreOrders are the orders in which a backup tool restores the kinds: E for the
// ExternalService, S for the Service, L for its slices, P for Endpoints.
func restoreOrders() []string {
	if waits.Full() {
		return permutations("ESLP")
	}
	return []string{"ESLP", "SLPE", "LPES", "PLSE"}
}

func permutations(letters string) []string {
	if letters == "" {
		return []string{""}
	}
	var all []string
	for i := range letters {
		for _, rest := range permutations(letters[:i] + letters[i+1:]) {
			all = append(all, letters[i:i+1]+rest)
		}
	}
	return all
}

// TestRestoreInAnyOrder restores a backup of everything as backup tools do, without owners, UIDs
// and status, beside a running operator or before one starts. All is as before, the dead
// host never gets traffic, and nothing is written at rest.
func TestRestoreInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, order := range restoreOrders() {
		for _, running := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, the operator runs: %t", order, running), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.start(t, install.Options{})
				o := w.object(t, 3)
				w.hostDown(3)
				w.Create(t, o)
				began := time.Now()
				waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(2), began) })
				before, backup := w.state(t), w.backup(t)

				w.deleteAll(t)
				if !running {
					w.kill(t)
				}
				for _, kind := range order {
					for _, object := range backup[kind] {
						if err := w.Client.Create(t.Context(), object); err != nil && !apierrors.IsAlreadyExists(err) {
							t.Fatal(err)
						}
					}
					waits.Elapse(t, 200*time.Millisecond) // a tool goes from kind to kind
				}
				if !running {
					w.restart(t)
				}
				restored := time.Now()
				waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(2), restored) })
				w.settledAs(t, before)
				w.audit(t, promise{never: []string{hostAddress(3)}, mayEmpty: true})
			})
		}
	}
}

// backup are all objects of the Service, by the letter of their kind, as a backup tool restores
// them.
func (w *World) backup(t *testing.T) map[rune][]client.Object {
	t.Helper()
	o, s, e := &v1alpha1.ExternalService{}, &corev1.Service{}, &corev1.Endpoints{}
	for _, object := range []client.Object{o, s, e} {
		if !w.get(t, service, object) {
			t.Fatalf("there is no %T", object)
		}
	}
	o.Status = v1alpha1.ExternalServiceStatus{}
	s.Spec.ClusterIP, s.Spec.ClusterIPs = "", nil
	backup := map[rune][]client.Object{'E': {o}, 'S': {s}, 'P': {e}}
	for _, slice := range w.slices(t, service) {
		backup['L'] = append(backup['L'], &slice)
	}
	for _, objects := range backup {
		for _, object := range objects {
			*metaOf(object) = metav1.ObjectMeta{
				Namespace: object.GetNamespace(), Name: object.GetName(), Labels: object.GetLabels(), Annotations: object.GetAnnotations(),
			}
		}
	}
	return backup
}

// metaOf is the metadata of an object.
func metaOf(object client.Object) *metav1.ObjectMeta {
	return object.(metav1.ObjectMetaAccessor).GetObjectMeta().(*metav1.ObjectMeta)
}

// deleteAll deletes the ExternalService and waits until nothing of it is left.
func (w *World) deleteAll(t *testing.T) {
	t.Helper()
	o := &v1alpha1.ExternalService{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: service}}
	if err := w.Client.Delete(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	waits.Eventually(t, waits.Timeout, func() error { return w.isGone(t) })
}

// isGone returns nil when nothing of the object is left.
func (w *World) isGone(t *testing.T) error {
	t.Helper()
	var left []string
	for _, object := range []client.Object{&v1alpha1.ExternalService{}, &corev1.Service{}, &corev1.Endpoints{}} {
		if w.get(t, service, object) {
			left = append(left, fmt.Sprintf("%T", object))
		}
	}
	if n := len(w.slices(t, service)); n > 0 {
		left = append(left, fmt.Sprintf("%d slices", n))
	}
	if len(left) > 0 {
		return errors.New("there are still " + strings.Join(left, ", "))
	}
	return nil
}
