package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/engine"
)

func TestEngineBacklogIsReportedByGroup(t *testing.T) {
	rate := func(o *engine.Options) { o.MaxProbesPerSecond = 200 }
	places := func(o *engine.Options) { o.MaxProbesInFlight = 100 }
	tests := []struct {
		name  string
		limit func(*engine.Options)
		load  func(*testing.T, *rig) engine.Plan
		want  engine.Backlog
	}{
		{"no limit", func(*engine.Options) {}, func(*testing.T, *rig) engine.Plan {
			return greedy(1, 101, 200)
		}, engine.Backlog{}},
		{"the limit is not reached", rate, func(*testing.T, *rig) engine.Plan { return greedy(1, 101, 110) }, engine.Backlog{}},
		{"the limit of starts in a second", rate, func(*testing.T, *rig) engine.Plan {
			return greedy(1, 101, 100+greedyTargets)
		}, engine.Backlog{Limit: engine.LimitRate, Delay: 10 * time.Second}},
		{"the limit of probes in flight", places, func(_ *testing.T, r *rig) engine.Plan {
			return hang(r, "greedy", 101, 100+greedyTargets)
		}, engine.Backlog{Limit: engine.LimitInFlight, Delay: 2 * time.Minute}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubbleWith(t, tt.limit, func(t *testing.T, r *rig) {
				p := tt.load(t, r)
				p.Key.Namespace = "greedy"
				r.apply(t, p)
				r.apply(t, plan(slowMember(1), slowMember(2)))
				pass(100 * time.Second)
				if diff := cmp.Diff(tt.want, r.Backlog(p.Key)); diff != "" {
					t.Errorf("the greedy group (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(engine.Backlog{}, r.Backlog(orders)); diff != "" {
					t.Errorf("the other group (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestEngineBacklogWakesTheGroupWhenItBeginsAndEnds(t *testing.T) {
	rate := func(o *engine.Options) { o.MaxProbesPerSecond = 200 }
	inBubbleWith(t, rate, func(t *testing.T, r *rig) {
		p := greedy(1, 101, 600)
		r.apply(t, p)
		pass(time.Minute)
		if got := r.changes(p.Key, time.Time{}); len(got) != 1 {
			t.Fatalf("the group was woken %d times by a limit that holds it back, want once", len(got))
		}
		p.Members = p.Members[:10]
		r.apply(t, p)
		relieved := time.Now()
		pass(50 * time.Second)
		if got := r.Backlog(p.Key); got.Limit != engine.LimitRate {
			t.Errorf("the backlog is over after 50 s: %v", got)
		}
		pass(time.Minute)
		if diff := cmp.Diff(engine.Backlog{}, r.Backlog(p.Key)); diff != "" {
			t.Errorf("backlog (-want +got):\n%s", diff)
		}
		if got := r.changes(p.Key, relieved); len(got) != 1 {
			t.Errorf("the group was woken %d times when the limit was over, want once", len(got))
		}
	})
}

func TestEngineBacklogEndsWithTheGroup(t *testing.T) {
	rate := func(o *engine.Options) { o.MaxProbesPerSecond = 10 }
	inBubbleWith(t, rate, func(t *testing.T, r *rig) {
		p := greedy(1, 101, 200)
		r.apply(t, p)
		pass(time.Minute)
		r.Forget(p.Key)
		r.forgetTold()
		pass(5 * time.Minute)
		if got := r.changes(p.Key, time.Time{}); len(got) > 0 {
			t.Errorf("a group that is forgotten was woken %d times", len(got))
		}
		if diff := cmp.Diff(engine.Backlog{}, r.Backlog(p.Key)); diff != "" {
			t.Errorf("backlog (-want +got):\n%s", diff)
		}
		begun := r.hosts.TotalCalls()
		pass(time.Minute)
		if got := r.hosts.TotalCalls() - begun; got > 0 {
			t.Errorf("%d probes of a group that is forgotten", got)
		}
	})
}

func TestEngineBacklogMetric(t *testing.T) {
	const name = "external_endpoints_probe_backlog_seconds"
	tests := []struct {
		name      string
		hosts     int
		wantLabel bool
	}{{"by namespace in endpoint detail", 100, true}, {"one series in resource detail", 0, false}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			limit := func(o *engine.Options) { o.MaxProbesPerSecond, o.MaxHostSeries = 200, tt.hosts }
			inBubbleWith(t, limit, func(t *testing.T, r *rig) {
				r.apply(t, greedy(1, 101, 100+greedyTargets))
				r.apply(t, plan(slowMember(1)))
				pass(time.Minute)
				families, err := r.registry.Gather()
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]float64{}
				for _, f := range families {
					if f.GetName() != name {
						continue
					}
					for _, m := range f.GetMetric() {
						namespace := ""
						for _, l := range m.GetLabel() {
							namespace = l.GetValue()
						}
						got[namespace] = m.GetGauge().GetValue()
					}
				}
				greedy, series := got["greedy"], 2
				if !tt.wantLabel {
					greedy, series = got[""], 1
				}
				if len(got) != series || greedy < 6 || greedy > 9 || got[orders.Namespace] > 0.1 {
					t.Errorf("backlogs %v, want about 8 s of the greedy namespace", got)
				}
			})
		})
	}
}
