package externalservice

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/status"
)

func TestStatusThatIsTooLargeIsCut(t *testing.T) {
	for name, tooLarge := range map[string]error{
		"for the API server": apierrors.NewRequestEntityTooLargeError("limit is 3145728"),
		"for etcd":           apierrors.NewInternalError(errors.New("etcdserver: request is too large")),
	} {
		t.Run(name, func(t *testing.T) {
			numbers := make([]int, 20)
			for n := range numbers {
				numbers[n] = n + 1
			}
			c := newCluster(t, object(withHosts(hostsNumbered(numbers...)...)))
			attempts := 0
			c.refuse = func(write string) error {
				if write == updateStatus {
					if attempts++; attempts == 1 {
						return tooLarge
					}
				}
				return nil
			}
			c.mustReconcile()
			line := c.object().Status
			if len(line.Endpoints) != status.ShortEndpoints || !line.Truncated || line.Hosts.Total != 20 {
				t.Errorf("%d endpoints of %d hosts, truncated %t", len(line.Endpoints), line.Hosts.Total, line.Truncated)
			}
			c.wantQuiet()
			if attempts != 2 {
				t.Errorf("%d statuses were sent, want 2", attempts)
			}

			c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Hosts = o.Spec.Hosts[:10] })
			c.mustReconcile()
			if n := len(c.object().Status.Endpoints); n != 10 {
				t.Errorf("of another spec %d endpoints are listed, want 10", n)
			}
			c.refuse = func(write string) error {
				if write == updateStatus {
					return tooLarge
				}
				return nil
			}
			c.failHost()
			if result, err := c.reconcile(); err != nil || result.RequeueAfter != restrictedBackoff {
				t.Errorf("one that fits in no way is tried again after %s (%v), want %s", result.RequeueAfter, err, restrictedBackoff)
			}
		})
	}
}

func TestConditionMessagesAreBounded(t *testing.T) {
	long := strings.Repeat("spec.ports[3].healthCheck: no certificate; ", 1000)
	status := status.Compose(object(), status.Report{Acceptance: desired.Acceptance{Reason: v1alpha1.ReasonInvalidHost, Message: long}}, metav1.NewTime(tenOClock))
	for _, c := range status.Conditions {
		if len(c.Message) > 1024 {
			t.Errorf("the message of %s has %d bytes", c.Type, len(c.Message))
		}
	}
}

// A slow answer to a status must not keep a dead host in: the reconcile of the same object
// interrupts it.
func TestReconcileDoesNotWaitForTheStatusOfItsObject(t *testing.T) {
	c := allUp(t, object())
	sent := make(chan struct{}, 1)
	hangs := interceptor.NewClient(c.recording(), interceptor.Funcs{
		SubResourceUpdate: func(ctx context.Context, w client.Client, sub string, o client.Object, opts ...client.SubResourceUpdateOption) error {
			sent <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		},
	})
	working := c.r.writer
	c.r.writer = consistency.NewWriter(hangs, c.tracker, nil, c.r.enqueueForeignWrite)
	c.failHost()
	request := reconcile.Request{NamespacedName: orders}
	if _, err := c.r.Reconcile(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	telling, end := context.WithCancel(t.Context())
	defer end()
	told, moved := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := c.r.writeQueuedStatus(telling, orders)
		told <- err
	}()
	<-sent
	go func() {
		_, err := c.r.Reconcile(context.WithoutCancel(t.Context()), request)
		moved <- err
	}()
	select {
	case err := <-moved:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the reconcile waits for the status")
		end()
		<-moved
	}
	if err := <-told; err != nil {
		t.Errorf("an interrupted status is an error: %v", err)
	}
	c.r.writer = working
	if _, err := c.r.writeQueuedStatus(t.Context(), orders); err != nil {
		t.Fatal(err)
	}
	if got := c.condition(v1alpha1.ConditionDegraded); got != "True HostsUnhealthy" {
		t.Errorf("in the end Degraded is %s", got)
	}
}

// What is kept of an object ends with it.
func TestNothingIsKeptOfADeletedObject(t *testing.T) {
	empty := func(t *testing.T, c *cluster) {
		t.Helper()
		if err := c.server.Delete(t.Context(), c.object()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
			t.Fatal(err)
		}
		if n := c.tracker.Len(); n > 0 {
			t.Errorf("the tracker keeps %d scopes", n)
		}
		if n := c.r.statusQueue.retries.NumRequeues(reconcile.Request{NamespacedName: orders}); n > 0 {
			t.Errorf("%d failures are remembered", n)
		}
		if n := len(c.r.memories.byObject) + len(c.r.memories.withdrawn) + len(c.r.statusQueue.pending) + len(c.r.statusQueue.mutex.locks); n > 0 {
			t.Errorf("%d things are kept of it", n)
		}
	}
	t.Run("that could not be told of", func(t *testing.T) {
		c := allUp(t, object())
		c.failHost()
		c.refuse = func(write string) error {
			if write == updateStatus {
				return apierrors.NewInternalError(errors.New("webhook"))
			}
			return nil
		}
		if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
			t.Fatal(err)
		}
		if _, err := newStatusReconciler(c.r).Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err == nil {
			t.Fatal("the status was written")
		}
		empty(t, c)
	})
	t.Run("that stood back", func(t *testing.T) {
		c := allUp(t, object(existing), somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}))
		service := read(c, &corev1.Service{})
		service.Spec.Selector = map[string]string{"app": "web"}
		if err := c.server.Update(t.Context(), service); err != nil {
			t.Fatal(err)
		}
		c.mustReconcile()
		empty(t, c)
	})
}
