package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
)

// atOnce is a runner whose probes succeed without being made.
type atOnce struct{}

func (atOnce) Start(_ context.Context, probe engine.Probe) {
	probe.Done(time.Now(), probes.Succeeded())
}

// mostOverFew is how much dearer a change may be among a hundred times as many groups.
// It is 1 to 2, for what does not fit into the processor's caches; a search of all
// groups would make it a hundred.
const mostOverFew = 10

func TestAChangeOfOneGroupCostsNoMoreAmongMany(t *testing.T) {
	few, many := costOfChange(t, 100), costOfChange(t, 10_000)
	ratio := float64(many) / float64(few)
	t.Logf("%s among 100 groups, %s among 10,000: %.2f times as much", few, many, ratio)
	if ratio > mostOverFew {
		t.Errorf("a change costs %.2f times as much among 10,000 groups as among 100, at most %d are fine", ratio, mostOverFew)
	}
}

// costOfChange is what it takes to change the plan of a group, to read its verdicts, to
// forget it and to watch it again, while so many others are watched.
func costOfChange(t *testing.T, groups int) time.Duration {
	t.Helper()
	e := engine.New(engine.Options{
		Compile:    func(probes.Check) (probes.Prober, error) { return &counting{}, nil },
		Runner:     atOnce{},
		Observer:   deaf{},
		Registerer: prometheus.NewRegistry(),
	})
	apply := func(group, last int) {
		p := engine.Plan{Key: engine.Key{Namespace: "shop", Name: fmt.Sprint(group)}, Evidence: map[int32]int{0: 1}, Members: hosts(group*3, group*3+last)}
		if err := e.Apply(p); err != nil {
			t.Fatal(err)
		}
	}
	for group := range groups {
		apply(group, 2)
	}
	ctx, cancel := context.WithTimeout(t.Context(), interval+interval/10) // everybody is counted once
	defer cancel()
	if err := e.Run(ctx); err != nil {
		t.Fatal(err)
	}
	const changed = 50
	least := time.Hour
	for range 5 { // others' load only ever adds
		began := time.Now()
		for group := range changed {
			apply(group, 1)
			key := engine.Key{Namespace: "shop", Name: fmt.Sprint(group)}
			if len(e.Verdicts(key)) != 2 {
				t.Fatal("the plan is not followed")
			}
			_ = e.Network(key)
			e.Forget(key)
			apply(group, 2)
		}
		least = min(least, time.Since(began)/changed)
	}
	return least
}
