package faults

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestStaleAPIServerAfterRestart starts the operator against an API server
// whose lists are older than what its predecessor has done: all of them, or those of
// one kind, for each kind has a watch cache of its own. Nothing that was removed
// comes back, and nothing newer goes.
func TestStaleAPIServerAfterRestart(t *testing.T) {
	t.Parallel()
	stale := [][]string{listed, {"externalservices"}, {"services"}, {"endpointslices"}, {"endpoints"}}
	if !waits.Full() {
		stale = stale[:3]
	}
	for _, kinds := range stale {
		for _, c := range []struct {
			name string
			// since is what has happened since the lists were true.
			since func(*testing.T, *World, *v1alpha1.ExternalService)
		}{
			{"a host was removed and another added", func(t *testing.T, w *World, o *v1alpha1.ExternalService) {
				t.Helper()
				change(t, w, o, func(o *v1alpha1.ExternalService) {
					o.Spec.Hosts = []v1alpha1.Host{{Address: hostAddress(1)}, {Address: hostAddress(3)}}
				})
			}},
			{"the object was made anew with other hosts", func(t *testing.T, w *World, o *v1alpha1.ExternalService) {
				t.Helper()
				if err := w.Client.Delete(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				waits.Eventually(t, waits.Timeout, func() error {
					if w.get(t, service, &corev1.Service{}) {
						return errors.New("the Service has not been collected")
					}
					return nil
				})
				again := w.object(t, 0)
				again.Spec.Hosts = []v1alpha1.Host{{Address: hostAddress(1)}, {Address: hostAddress(3)}}
				w.Create(t, again)
			}},
		} {
			t.Run(strings.Join(kinds, ", ")+": "+c.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.start(t, install.Options{})
				o := w.object(t, 2)
				w.Create(t, o)
				began := time.Now()
				waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(2), began) })
				stale, err := proxy.Remember(t.Context(), w.Cluster.Admin(), w.paths(kinds))
				if err != nil {
					t.Fatal(err)
				}
				w.hostUp(t, 3)
				c.since(t, w, o)
				wanted := []string{hostAddress(1), hostAddress(3)}
				began = time.Now()
				waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, wanted, began) })
				w.kill(t)
				before, since := w.state(t), len(w.Proxy.Journal(proxy.Writes))

				w.Proxy.Use(stale.Fault())
				w.restart(t)
				waits.Always(t, watched+time.Second, func() error { return errors.Join(w.served(wanted), w.changedNothing(since)) })
				stale.CatchUp()
				waits.Eventually(t, waits.Timeout, func() error { return w.Operator.Ready(t.Context()) })
				w.settledAs(t, before)
				if err := w.changedNothing(since); err != nil {
					t.Error(err)
				}
				t.Logf("attempts: %v", counted(w.Proxy.Journal(proxy.Writes)[since:]))
				w.auditWrites(t)
			})
		}
	}
}

// paths are where the operator lists each of some kinds.
func (w *World) paths(kinds []string) map[string]string {
	ours := url.QueryEscape("endpoints.kubernetes.io/managed-by=" + v1alpha1.ManagedBy)
	paths := map[string]string{
		"externalservices": fmt.Sprintf("/apis/%s/namespaces/%s/externalservices", v1alpha1.GroupVersion, w.Namespace),
		"services":         fmt.Sprintf("/api/v1/namespaces/%s/services", w.Namespace),
		"endpointslices":   fmt.Sprintf("/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices", w.Namespace),
		"endpoints":        fmt.Sprintf("/api/v1/namespaces/%s/endpoints?labelSelector=%s", w.Namespace, ours),
	}
	maps.DeleteFunc(paths, func(kind, _ string) bool { return !slices.Contains(kinds, kind) })
	return paths
}

// TestServiceRecreatedWithNewUID gives the Service another UID, under a running
// operator and while it is dead, with a host down: that one is never served, and
// nobody else's slice of the Service is touched.
func TestServiceRecreatedWithNewUID(t *testing.T) {
	t.Parallel()
	for _, management := range []v1alpha1.ServiceManagement{v1alpha1.ServiceManaged, v1alpha1.ServiceExisting} {
		for _, dead := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, operator dead: %t", management, dead), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.start(t, install.Options{})
				o := w.object(t, 3)
				o.Spec.Service.Management = management
				if management == v1alpha1.ServiceExisting {
					w.existingService(t)
				}
				w.hostDown(3) // it was never up
				w.Create(t, o)
				began := time.Now()
				waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(2), began) })
				before := w.state(t)
				if dead {
					w.kill(t)
				}
				s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: service}}
				if err := w.Client.Delete(t.Context(), s); err != nil {
					t.Fatal(err)
				}
				if management == v1alpha1.ServiceExisting {
					w.existingService(t)
				}
				if dead {
					w.restart(t)
				}
				w.settledAs(t, before)
				p := promise{never: []string{hostAddress(3)}}
				if management == v1alpha1.ServiceExisting && !dead {
					p.mayEmpty = true // for a moment there was no Service to publish for
				} else {
					p.always = hostAddresses(2)
				}
				w.audit(t, p)
			})
		}
	}
}
