package outage

import (
	"errors"
	"fmt"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// policyStep is what happens to some hosts of three, and who is published then.
type policyStep struct {
	name  string
	do    func(*host.Host) error
	hosts []*host.Host
	// healthy is how many are known to be; outage: the policy is in force.
	healthy int
	outage  bool
	// keep, all and none are who is published under each policy.
	keep, all, none []*host.Host
	// still: KeepLast and PublishAll move nothing.
	still bool
}

// policySteps: all go down at once, then one after the other. Two of three must be
// healthy, so that leaving the outage takes all three, or two that pass the hold-down.
func policySteps(hosts []*host.Host) []policyStep {
	kill, back := (*host.Host).Kill, (*host.Host).Recover
	const calm, outage, moves, still = false, true, false, true
	return []policyStep{
		{"all die at once", kill, hosts, 0, outage, hosts, hosts, nil, still},
		{"all are back", back, hosts, 3, calm, hosts, hosts, hosts, still},
		{"the first dies", kill, hosts[:1], 2, calm, hosts[1:], hosts[1:], hosts[1:], moves},
		{"the second dies, and one is too few", kill, hosts[1:2], 1, outage, hosts[1:], hosts, hosts[2:], moves},
		{"the third dies", kill, hosts[2:], 0, outage, hosts[1:], hosts, nil, still},
		{"the first is back", back, hosts[:1], 1, outage, hosts, hosts, hosts[:1], moves},
		{"the second is back, and after the hold-down the third is out", back, hosts[1:2], 2, calm, hosts[:2], hosts[:2], hosts[:2], moves},
		{"the second is gone again", kill, hosts[1:2], 1, outage, hosts[:2], hosts, hosts[:1], moves},
		{"the second and the third are back, and the outage is over", back, hosts[1:], 3, calm, hosts, hosts, hosts, moves},
		{"the third dies, as if nothing had been", kill, hosts[2:], 2, calm, hosts[:2], hosts[:2], hosts[:2], moves},
		{"the third is back", back, hosts[2:], 3, calm, hosts, hosts, hosts, moves},
	}
}

// Row 6. A host of another object answers all the while: it is these hosts that fail,
// and not the prober's network.
func TestFailurePolicyWhenAllHostsAreDown(t *testing.T) {
	w := world(t)
	hosts, elsewhere := w.Cluster.Hosts()[:3], w.Cluster.Hosts()[3]
	w.Track(t, w.Web("elsewhere", elsewhere), elsewhere)
	keep := w.Track(t, framework.WithPolicy(w.Web("keep", hosts...), 2, v1alpha1.ActionKeepLast), hosts...)
	all := w.Track(t, framework.WithPolicy(w.Web("all", hosts...), 2, v1alpha1.ActionPublishAll), hosts...)
	none := w.Track(t, framework.WithPolicy(w.Web("none", hosts...), 2, v1alpha1.ActionPublishNone), hosts...)

	for _, step := range policySteps(hosts) {
		writes := map[string]int{}
		for _, o := range []framework.Tracked{keep, all} {
			writes[o.Name] = len(framework.Changes(t, o.Slices))
		}
		framework.Together(t, step.hosts, step.do)
		for _, want := range []struct {
			framework.Tracked
			published []*host.Host
		}{{keep, step.keep}, {all, step.all}, {none, step.none}} {
			waits.Eventually(t, waits.Timeout, func() error {
				if err := w.judged(t, want.Tracked, step, len(want.published)); err != nil {
					return fmt.Errorf("%s: %w", step.name, err)
				}
				return nil
			})
			framework.AwaitReady(t, want.Slices, waits.Timeout, want.published...)
		}
		for _, o := range []framework.Tracked{keep, all} {
			if moved := len(framework.Changes(t, o.Slices)) - writes[o.Name]; step.still && moved > 0 {
				t.Errorf("%s: the slices of %s were written %d times", step.name, o.Name, moved)
			}
		}
	}
	w.AwaitRest(t)
	for _, o := range []framework.Tracked{keep, all, none} {
		if err := w.IsWell(t, o); err != nil {
			t.Errorf("it does not last: %v", err)
		}
	}
}

// judged returns nil when status and metric tell what a step has led to.
func (w *World) judged(t *testing.T, o framework.Tracked, step policyStep, published int) error {
	t.Helper()
	current := w.Get(t, o.ExternalService)
	var errs []error
	if hosts := current.Status.Hosts; int(hosts.Healthy) != step.healthy || int(hosts.Published) != published {
		errs = append(errs, fmt.Errorf("%s: %s healthy, want %d; %d published, want %d", o.Name,
			hosts.Summary, step.healthy, hosts.Published, published))
	}
	if told := framework.Condition(current, v1alpha1.ConditionDegraded).Reason == v1alpha1.ReasonFailStatic; told != step.outage {
		errs = append(errs, fmt.Errorf("%s: Degraded is %s", o.Name, framework.Message(current, v1alpha1.ConditionDegraded)))
	}
	want := 0.0
	if step.outage {
		want = 1
	}
	got, err := w.Operator.Sum(t.Context(), "external_endpoints_fail_static", framework.Labels(o.ExternalService)...)
	if err == nil && got != want {
		err = fmt.Errorf("%s: external_endpoints_fail_static is %v, want %v", o.Name, got, want)
	}
	return errors.Join(append(errs, err)...)
}
