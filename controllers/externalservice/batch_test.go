package externalservice

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
)

// busyWorkers has as many objects as there are workers be given as many slices as an
// object may have, at an API server that takes 5 ms for each write.
func busyWorkers(t *testing.T) *crews {
	c := newCrews(t, workers+1)
	c.take = func(string, string) { <-time.After(5 * time.Millisecond) }
	for n := range workers {
		o := &v1alpha1.ExternalService{}
		if err := c.server.Get(t.Context(), numbered(n), o); err != nil {
			t.Fatal(err)
		}
		ownPorts(hosts.MaxSliceGroups, pgPort)(o)
		if err := c.server.Update(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		c.wake(n)
	}
	<-time.After(12 * time.Millisecond) // all workers write
	c.written()
	return c
}

// slicesWritten waits until a slice of an object is written, and returns how long it took.
func (c *crews) sliceWritten(n int) time.Duration {
	c.t.Helper()
	began := time.Now()
	for time.Since(began) < time.Second {
		if slices.Contains(only(c.written(), numbered(n)), "slice") {
			return time.Since(began)
		}
		<-time.After(time.Millisecond)
	}
	c.t.Fatal("its slice was not written within a second")
	return 0
}

func TestDeadHostGoesOutWhileAllWorkersWriteBigObjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := busyWorkers(t)
		c.verdicts.judge(numbered(workers), 2, 50)
		c.waker.Lost(engine.Key(numbered(workers)))
		if took := c.sliceWritten(workers); took > 10*time.Millisecond {
			t.Errorf("it took %s, want the time of one write", took)
		}
	})
}

func TestBigObjectsAreWrittenInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := busyWorkers(t)
		c.verdicts.judge(numbered(workers), 2, 50)
		c.wake(workers)
		if took := c.sliceWritten(workers); took > 100*time.Millisecond {
			t.Errorf("it took %s, want at most 100ms, a third of what a big object takes", took)
		}
		<-time.After(2 * time.Second)
		synctest.Wait()
		for n := range workers {
			var list discoveryv1.EndpointSliceList
			if err := c.server.List(t.Context(), &list); err != nil {
				t.Fatal(err)
			}
			count := 0
			for _, slice := range list.Items {
				if slice.Labels[discoveryv1.LabelServiceName] == numbered(n).Name {
					count++
				}
			}
			if count != hosts.MaxSliceGroups {
				t.Errorf("object %d has %d slices in the end, want %d", n, count, hosts.MaxSliceGroups)
			}
			o := &v1alpha1.ExternalService{}
			if err := c.server.Get(t.Context(), numbered(n), o); err != nil {
				t.Fatal(err)
			}
			if got := inShort(o.Status.Conditions)[v1alpha1.ConditionProgrammed]; got != "True Programmed" {
				t.Errorf("object %d: Programmed is %s", n, got)
			}
		}
	})
}

func TestBatch(t *testing.T) {
	write := func(name string, o endpointslice.Operation, loses, handsOver bool) endpointslice.Write {
		return endpointslice.Write{
			Operation: o, Loses: loses, MovesOut: handsOver,
			Slice: &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Name: name}},
		}
	}
	creates := func(n int) (list []endpointslice.Write) {
		for i := range n {
			list = append(list, write(fmt.Sprint("create-", i), endpointslice.Create, false, false))
		}
		return list
	}
	loss, move := write("loss", endpointslice.Update, true, false), write("move", endpointslice.Update, true, true)
	deletion := write("delete", endpointslice.Delete, true, false)
	tests := []struct {
		name   string
		writes []endpointslice.Write
		want   int
		last   string
		left   bool
	}{
		{"a few go at once", append(creates(3), loss, deletion), 5, "delete", false},
		{"what fits goes at once", creates(desired.MaxSliceWrites), desired.MaxSliceWrites, fmt.Sprint("create-", desired.MaxSliceWrites-1), false},
		{"additions wait", creates(desired.MaxSliceWrites + 1), desired.MaxSliceWrites, fmt.Sprint("create-", desired.MaxSliceWrites-1), true},
		{"a loss does not", append(creates(desired.MaxSliceWrites+5), loss), desired.MaxSliceWrites + 1, "loss", true},
		{"nor with nothing left", append(creates(desired.MaxSliceWrites), loss), desired.MaxSliceWrites + 1, "loss", false},
		{"a move waits for the additions", append(creates(desired.MaxSliceWrites+5), move, deletion), desired.MaxSliceWrites, fmt.Sprint("create-", desired.MaxSliceWrites-1), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now, left := desired.Changes{Slices: tt.writes, DeleteEndpoints: true}.Batch()
			got := now.Slices[len(now.Slices)-1].Slice.Name
			if len(now.Slices) != tt.want || got != tt.last || left != tt.left {
				t.Errorf("got %d writes, the last %s, left %t; want %d, %s, %t", len(now.Slices), got, left, tt.want, tt.last, tt.left)
			}
			if diff := cmp.Diff(!tt.left, now.DeleteEndpoints); diff != "" {
				t.Errorf("Endpoints are written with the last batch only (-want +got):\n%s", diff)
			}
		})
	}
}
