package engine_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// gather scrapes.
func gather(t *testing.T, from prometheus.Gatherer) []*dto.MetricFamily {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// series are the values of a metric by their labels; of a histogram, how many
// values it holds.
func (r *rig) series(t *testing.T, name string) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	for _, family := range gather(t, r.registry) {
		if family.GetName() != "external_endpoints_"+name {
			continue
		}
		for _, m := range family.GetMetric() {
			var labels []string
			for _, label := range m.GetLabel() {
				labels = append(labels, label.GetValue())
			}
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			values[strings.Join(labels, " ")] = value
		}
	}
	return values
}

func wantSeries(t *testing.T, r *rig, name string, want map[string]float64) {
	t.Helper()
	if diff := cmp.Diff(want, r.series(t, name)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestProbesAreCounted(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(1), probestest.Up(), probestest.Broken(), refused, refused, probestest.Down(probes.Reset), refused)
		r.apply(t, plan(member(1)))
		first := r.nextStart(1)
		pass(time.Until(first.Add(3 * interval))) // + B - - - and one - at the next slot

		// Labels in the order of their names: check, name, namespace, result.
		wantSeries(t, r, "probes_total", map[string]float64{
			"tcp orders shop success": 1, "tcp orders shop error": 1, "tcp orders shop failure": 4,
		})
		wantSeries(t, r, "probe_failures_total", map[string]float64{
			"orders shop ConnectionRefused": 3, "orders shop Reset": 1,
		})
		wantSeries(t, r, "probe_duration_seconds", map[string]float64{"tcp orders shop": 5})
		wantSeries(t, r, "probe_lateness_seconds", map[string]float64{"": 6})
		wantSeries(t, r, "transitions_total", map[string]float64{"orders shop Unhealthy": 1})
		wantSeries(t, r, "engine_targets", map[string]float64{"": 1})
		wantSeries(t, r, "engine_inflight", map[string]float64{"": 0})
	})
}

func TestACounterTellsSinceWhenItCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(1), refused)
		pass(interval)
		applied := time.Now()
		r.apply(t, plan(hosts(1, 2)...))
		r.settle()
		counters := map[string]bool{}
		for _, family := range gather(t, r.registry) {
			for _, m := range family.GetMetric() {
				if m.Counter == nil {
					continue
				}
				counters[family.GetName()] = true
				if since := m.GetCounter().GetCreatedTimestamp().AsTime(); !since.Equal(applied) {
					t.Errorf("%s counts since %s, want %s", family.GetName(), since, applied)
				}
			}
		}
		if len(counters) != 3 {
			t.Errorf("counters are %v", counters)
		}
	})
}

func TestASharedProbeCountsForEveryOwner(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.apply(t, shared(asItIs))
		pass(10 * interval)
		wantSeries(t, r, "probes_total", map[string]float64{
			"tcp orders shop success": 10, "tcp orders shop failure": 0,
			"tcp billing shop success": 10, "tcp billing shop failure": 0,
		})
		wantSeries(t, r, "engine_targets", map[string]float64{"": 1})
	})
}

func TestProbesThatRunAreSeen(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(1), hanging)
		r.apply(t, plan(member(1)))
		r.nextStart(1)
		wantSeries(t, r, "engine_inflight", map[string]float64{"": 1})
	})
}

func TestLatenessAndDurationAreMeasured(t *testing.T) {
	inStarvedBubble(t, func(t *testing.T, r *rig, s *starved) {
		s.by(20*time.Millisecond, 0)
		r.hosts.Script(host(1), slow(30*time.Millisecond))
		r.apply(t, plan(member(1)))
		pass(10 * interval)
		for name, want := range map[string]float64{"probe_lateness_seconds": .2, "probe_duration_seconds": .3} {
			if got := r.sum(t, name); got < want-1e-9 || got > want+1e-9 {
				t.Errorf("%s: sum %v of ten probes, want %v", name, got, want)
			}
		}
	})
}

// sum is the sum of all values of a histogram.
func (r *rig) sum(t *testing.T, name string) float64 {
	t.Helper()
	total := 0.0
	for _, family := range gather(t, r.registry) {
		if family.GetName() == "external_endpoints_"+name {
			for _, m := range family.GetMetric() {
				total += m.GetHistogram().GetSampleSum()
			}
		}
	}
	return total
}

func TestHostsAreExportedAtScrape(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(1), refused)
		metrics := but(member(2), func(m *engine.Member) { m.ID.Port, m.Initial.State = "metrics", health.Unknown })
		r.apply(t, plan(member(1), member(2), metrics, but(member(3), func(m *engine.Member) { m.Check = none })))
		wantSeries(t, r, "host_up", map[string]float64{
			"198.18.0.1 orders shop web": 1, "198.18.0.2 orders shop web": 1, "198.18.0.3 orders shop web": 1,
			"198.18.0.2 orders shop metrics": 0,
		})
		r.settle()
		wantSeries(t, r, "host_up", map[string]float64{
			"198.18.0.1 orders shop web": 0, "198.18.0.2 orders shop web": 1, "198.18.0.3 orders shop web": 1,
			"198.18.0.2 orders shop metrics": 1,
		})
	})
}

func TestTwoPortsOfOneAddressAreTwoSeries(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		on := func(instance uint16) engine.Member {
			return but(member(1), func(m *engine.Member) { m.ID.Instance = instance })
		}
		six := but(member(2), func(m *engine.Member) {
			m.ID.Address, m.ID.Instance = netip.MustParseAddr("2001:db8::1"), 5432
		})
		r.apply(t, plan(on(0), on(5432), on(5433), six))
		wantSeries(t, r, "host_up", map[string]float64{
			"198.18.0.1 orders shop web": 1, "198.18.0.1:5432 orders shop web": 1, "198.18.0.1:5433 orders shop web": 1,
			"[2001:db8::1]:5432 orders shop web": 1,
		})
	})
}

func TestACapCutsTheSameHostsOffAtEveryScrape(t *testing.T) {
	tests := []struct {
		name string
		cap  int
		want []string
	}{
		{"none are exported", 0, nil},
		{"a part of the first group", 2, []string{"198.18.0.4 billing shop web", "198.18.0.5 billing shop web"}},
		{"the first group and a part of the next", 4, []string{
			"198.18.0.1 orders shop web", "198.18.0.4 billing shop web", "198.18.0.5 billing shop web", "198.18.0.6 billing shop web",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			capped := func(o *engine.Options) { o.MaxHostSeries = tt.cap }
			inBubbleWith(t, capped, func(t *testing.T, r *rig) {
				r.apply(t, plan(hosts(1, 3)...))
				r.apply(t, engine.Plan{Key: billing, Members: hosts(4, 6)})
				for range 5 {
					var got []string
					for labels := range r.series(t, "host_up") {
						got = append(got, labels)
					}
					slices.Sort(got)
					if diff := cmp.Diff(tt.want, got); diff != "" {
						t.Fatalf("(-want +got):\n%s", diff)
					}
				}
			})
		})
	}
}

func TestSeriesDieWithTheirGroup(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.ScriptAll(refused)
		r.apply(t, plan(hosts(1, 3)...))
		r.apply(t, shared(asItIs))
		r.settle()
		r.hosts.ScriptAll(hanging)
		r.nextStart(1)
		r.Forget(orders)
		pass(10 * interval) // the probe that was running ends after its group

		for _, name := range []string{"probes_total", "probe_failures_total", "probe_duration_seconds", "transitions_total", "host_up"} {
			all := r.series(t, name)
			for labels := range all {
				if strings.Contains(labels, orders.Name) {
					t.Errorf("%s is left of a group that was forgotten: %s", name, labels)
				}
			}
			if len(all) == 0 {
				t.Errorf("%s of the other group is gone as well", name)
			}
		}
	})
}

func TestMetricsAreWellFormed(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(1), refused)
		r.apply(t, plan(hosts(1, 2)...))
		r.settle()
		problems, err := promlint.NewWithMetricFamilies(gather(t, r.registry)).Lint()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	})
}

func TestAnEngineWithoutARegistryCountsAllTheSame(t *testing.T) {
	inBubbleWith(t, func(o *engine.Options) { o.Registerer = nil }, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.settle()
		if families := gather(t, r.registry); len(families) > 0 {
			t.Errorf("%d metrics are exported", len(families))
		}
		if got := r.verdict(1).Run.Length; got != 5 {
			t.Errorf("%d results in 5 intervals", got)
		}
	})
}
