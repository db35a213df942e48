package operator

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAwaitLeaderNeedsRenewedLease(t *testing.T) {
	held := func(holder string, renewed time.Duration) *coordinationv1.Lease {
		at := metav1.NewMicroTime(time.Unix(1_000_000, 0).Add(renewed))
		return &coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder, RenewTime: &at}}
	}
	for _, c := range []struct {
		name       string
		lease      func(since time.Duration) *coordinationv1.Lease // nil: there is none
		want, says string
		within     time.Duration
	}{
		{"one that is renewed every second", func(since time.Duration) *coordinationv1.Lease {
			return held("pod-1", since.Truncate(time.Second))
		}, "pod-1", "", 2 * time.Second},
		{"one of a machine whose clock is wrong", func(since time.Duration) *coordinationv1.Lease {
			return held("pod-1", since.Truncate(time.Second)-time.Hour)
		}, "pod-1", "", 2 * time.Second},
		{"one that comes later", func(since time.Duration) *coordinationv1.Lease {
			if since < 10*time.Second {
				return nil
			}
			return held("pod-1", since.Truncate(time.Second))
		}, "pod-1", "", 12 * time.Second},
		{"one that a dead leader left, until another takes it", func(since time.Duration) *coordinationv1.Lease {
			if since < 7*time.Second {
				return held("pod-1", 0)
			}
			return held("pod-2", since.Truncate(time.Second))
		}, "pod-2", "", 8 * time.Second},
		{"one that a dead leader left", func(time.Duration) *coordinationv1.Lease { return held("pod-1", 0) },
			"", "nobody renews it", awaitLeaderFor},
		{"one that was given back", func(since time.Duration) *coordinationv1.Lease { return held("", since) },
			"", "nobody holds it", awaitLeaderFor},
		{"none", func(time.Duration) *coordinationv1.Lease { return nil }, "", "not found", awaitLeaderFor},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), awaitLeaderFor)
				defer cancel()
				got, err := renewed(ctx, func(context.Context) (*coordinationv1.Lease, error) {
					if lease := c.lease(time.Since(began)); lease != nil {
						return lease, nil
					}
					return nil, errors.New("not found")
				})
				if got != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %q and %v", got, err)
				}
				if took := time.Since(began); took > c.within {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}
