package externalservice

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/recovery"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

var anyResource = schema.GroupResource{Resource: "endpointslices"}

// refusing refuses one kind of write.
func refusing(write string, err func() error) func(string) error {
	return func(tried string) error {
		if tried == write {
			return err()
		}
		return nil
	}
}

// failHost has host 2 fail, in a cluster at rest.
func (c *cluster) failHost() {
	v := c.engine.verdicts[engine.Key(orders)]
	v[id(1)], v[id(2)], v[id(3)] = up(60), down(50), up(60)
}

func TestALostRaceIsRunAgainAndNotToldOf(t *testing.T) {
	for name, err := range map[string]error{
		"somebody was faster":       apierrors.NewConflict(anyResource, "x", errors.New("modified")),
		"the slice is there":        apierrors.NewAlreadyExists(anyResource, "x"),
		"the slice was deleted":     apierrors.NewNotFound(anyResource, "x"),
		"one of several was behind": errors.Join(fmt.Errorf("update: %w", apierrors.NewConflict(anyResource, "x", errors.New("modified")))),
	} {
		t.Run(name, func(t *testing.T) {
			c := allUp(t, object())
			c.failHost()
			c.refuse = refusing(updateSlice, func() error { return err })
			if _, got := c.reconcile(); !errors.Is(got, err) {
				t.Fatalf("got %v, want it back to be tried again", got)
			}
			if told := received(c.recorder); len(c.writes) > 0 || len(told) > 0 {
				t.Errorf("wrote %q, told %q", c.writes, told)
			}
			c.refuse = func(string) error { return nil }
			c.wantWrites(c.mustReconcile(), updateSlice, updateEndpoints, updateStatus)
			if told := received(c.recorder); len(told) != 1 {
				t.Errorf("told %q", told)
			}
		})
	}
}

func TestAMissingPermissionWaitsForAnAdministrator(t *testing.T) {
	c := allUp(t, object())
	c.failHost()
	c.refuse = refusing(updateSlice, func() error { return apierrors.NewForbidden(anyResource, "x", errors.New("restricted")) })
	for range 3 {
		result, err := c.reconcile()
		if err != nil || result.RequeueAfter != time.Minute {
			t.Fatalf("got %+v, %v; want another try in a minute", result, err)
		}
	}
	c.wantWrites(c.writes, updateStatus)
	if got := c.condition(v1alpha1.ConditionProgrammed); got != "False Restricted" {
		t.Errorf("Programmed is %s", got)
	}
	told := strings.Join(received(c.recorder), "\n")
	if strings.Count(told, "Warning Restricted") != 1 {
		t.Errorf("told %q", told)
	}
	c.refuse = func(string) error { return nil }
	c.mustReconcile()
	if got := c.condition(v1alpha1.ConditionProgrammed); got != "True Programmed" {
		t.Errorf("Programmed is %s", got)
	}
}

func TestAStatusThatMayNotBeWrittenWaitsForAnAdministrator(t *testing.T) {
	forbidden := apierrors.NewForbidden(anyResource, "x", errors.New("no such role"))
	c := allUp(t, object())
	c.failHost()
	c.refuse = refusing(updateStatus, func() error { return forbidden })
	for range 3 {
		result, err := c.reconcile()
		if err != nil || result.RequeueAfter != time.Minute {
			t.Fatalf("got %+v, %v; want another try in a minute", result, err)
		}
	}
	// The hosts are looked after all the same, and nobody is told what is not in the status.
	c.wantWrites(c.writes, updateSlice, updateEndpoints)
	if told := received(c.recorder); len(told) > 0 {
		t.Errorf("told %q", told)
	}
	// What else failed does not wait for the administrator.
	c.engine.verdicts[engine.Key(orders)][id(2)] = up(70)
	c.refuse = func(write string) error {
		if write == updateSlice {
			return errors.New("no answer")
		}
		return forbidden
	}
	if _, err := c.reconcile(); err == nil {
		t.Error("a slice that was not written is not tried again at once")
	}
}

func TestAFailureIsToldByItsKindAndNotInItsWords(t *testing.T) {
	try := 0
	tests := []struct {
		name string
		err  func() error
		want string
	}{
		{"no answer", func() error { try++; return fmt.Errorf("dial tcp: try %d", try) }, "no answer"},
		{"an error inside", func() error { try++; return apierrors.NewInternalError(fmt.Errorf("try %d", try)) }, "InternalError"},
		{"too many requests", func() error { try++; return apierrors.NewTooManyRequests(fmt.Sprint("try ", try), 1) }, "TooManyRequests"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := allUp(t, object())
			c.failHost()
			c.refuse = refusing(updateSlice, tt.err)
			for range 3 {
				if _, err := c.reconcile(); err == nil {
					t.Fatal("the failure is not tried again")
				}
			}
			c.wantWrites(c.writes, updateStatus)
			programmed := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionProgrammed)
			if programmed.Reason != v1alpha1.ReasonWriteFailed || !strings.HasSuffix(programmed.Message, ": "+tt.want) {
				t.Errorf("got %s: %s", programmed.Reason, programmed.Message)
			}
		})
	}
}

func TestWhatTheServerFindsInvalidIsToldInItsWords(t *testing.T) {
	long := field.Invalid(field.NewPath("endpoints").Index(0), strings.Repeat("x", 100_000), "must be an address")
	c := allUp(t, object())
	c.failHost()
	c.refuse = refusing(updateSlice, func() error {
		return apierrors.NewInvalid(schema.GroupKind{Kind: "EndpointSlice"}, "orders-db-x", field.ErrorList{long})
	})
	if _, err := c.reconcile(); !apierrors.IsInvalid(err) {
		t.Fatal(err)
	}
	programmed := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionProgrammed)
	if !strings.Contains(programmed.Message, "endpoints[0]") {
		t.Errorf("got %.200s", programmed.Message)
	}
	// An event takes 1024 bytes, and a condition 32 KiB.
	for _, event := range received(c.recorder) {
		if len(event) > 1024 {
			t.Errorf("an event has %d bytes", len(event))
		}
	}
}

func TestEndpointsWaitForTheSlices(t *testing.T) {
	c := newCluster(t, object())
	c.mustReconcile()
	c.engine.verdicts[engine.Key(orders)][id(1)] = up(0)
	c.refuse = refusing(createSlice, func() error { return errors.New("no answer") })
	if _, err := c.reconcile(); err == nil {
		t.Fatal("the failure is not tried again")
	}
	c.wantWrites(c.writes, updateStatus)
}

func TestNothingIsTakenAwayWhenItsReplacementFailed(t *testing.T) {
	c := allUp(t, object())
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Ports[0].TargetPort = 6000 })
	c.refuse = refusing(createSlice, func() error { return errors.New("no answer") })
	if _, err := c.reconcile(); err == nil {
		t.Fatal("the failure is not tried again")
	}
	if got := len(c.serving()); got != 3 {
		t.Errorf("%d hosts are serving", got)
	}
	c.refuse, c.writes = func(string) error { return nil }, nil
	c.wantWrites(c.mustReconcile(), createSlice, deleteSlice, updateEndpoints, updateStatus)
}

func TestEventsFollowTheStatus(t *testing.T) {
	c := allUp(t, object())
	c.failHost()
	c.refuse = refusing(updateStatus, func() error { return errors.New("no answer") })
	for range 2 {
		if _, err := c.reconcile(); err == nil {
			t.Fatal("the failure is not tried again")
		}
	}
	if told := received(c.recorder); len(told) > 0 {
		t.Errorf("told %q before the status", told)
	}
	c.refuse = func(string) error { return nil }
	c.mustReconcile()
	if diff := cmp.Diff([]string{"Warning HostUnhealthy unhealthy: 203.0.113.2:5432 connection refused"}, received(c.recorder)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestACheckThatTheEngineCannotUseLeavesWhatIsPublished(t *testing.T) {
	c := allUp(t, object())
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.HealthCheck.TCP = &v1alpha1.TCPCheck{Send: "x"} })
	c.engine.err = errors.New("tcp check: send must be shorter")
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := len(c.serving()); got != 3 {
		t.Errorf("%d hosts are serving", got)
	}
	accepted := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionAccepted)
	if accepted.Status != "False" || accepted.Message != c.engine.err.Error() {
		t.Errorf("Accepted is %+v", accepted)
	}
	if got := c.object().Status.Hosts.Published; got != 3 {
		t.Errorf("the status says that %d hosts are published", got)
	}
	c.wantQuiet()

	// What the engine finds out about the others all the same is acted on.
	c.wantWrites(c.judged(hosts.Verdicts{id(1): up(60), id(2): down(50), id(3): up(60)}), updateSlice, updateEndpoints, updateStatus)
	if got := len(c.serving()); got != 2 {
		t.Errorf("%d hosts are serving", got)
	}
}

// What KeepLast keeps is what the API server has had, and not what was only decided.
func TestAHostThatDiesBeforeItWasWrittenIsNotPutIn(t *testing.T) {
	refused := func() error { return apierrors.NewInternalError(errors.New("etcd is away")) }
	c := newCluster(t, object())
	c.judged(hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): down(0)})
	c.refuse = refusing(updateSlice, refused)
	c.engine.verdicts[engine.Key(orders)][id(2)] = up(60)
	if _, err := c.reconcile(); err == nil {
		t.Fatal("the write was not refused")
	}
	c.engine.verdicts[engine.Key(orders)][id(2)] = down(70)
	c.refuse = func(string) error { return nil }
	c.mustReconcile()
	if got := c.serving(); len(got) > 0 {
		t.Errorf("%s is served, and has died before it ever was", got)
	}
}

// A removal that was refused passes the gate again: who was to stand in may be gone.
func TestARemovalThatWasRefusedIsDecidedAgain(t *testing.T) {
	c := newCluster(t, object(withHosts(hostsNumbered(1, 2)...)))
	c.judged(hosts.Verdicts{id(1): up(0), id(2): down(0)})
	judge := func(n int, v health.Verdict) { c.engine.verdicts[engine.Key(orders)][id(n)] = v }
	c.refuse = refusing(updateSlice, func() error { return apierrors.NewInternalError(errors.New("etcd is away")) })
	judge(1, down(50))
	judge(2, up(60))
	if _, err := c.reconcile(); err == nil {
		t.Fatal("the write was not refused")
	}
	c.refuse = func(string) error { return nil }
	judge(2, down(70))
	c.mustReconcile()
	if diff := cmp.Diff([]string{address(1).String()}, c.serving()); diff != "" {
		t.Errorf("served (-want +got):\n%s", diff)
	}
}

// A drain that was refused, and taken back, has taken nobody out.
func TestADrainThatIsTakenBackBeforeItWasWrittenChangesNothing(t *testing.T) {
	c := newCluster(t, object(withHosts(hostsNumbered(1)...)))
	c.judged(hosts.Verdicts{id(1): up(0)})
	c.engine.verdicts[engine.Key(orders)][id(1)] = down(10)
	c.mustReconcile() // KeepLast keeps it
	c.refuse = refusing(updateSlice, func() error { return apierrors.NewInternalError(errors.New("etcd is away")) })
	for _, state := range []v1alpha1.HostState{v1alpha1.HostDrain, v1alpha1.HostActive} {
		c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Hosts[0].State = state })
		if _, err := c.reconcile(); (err != nil) != (state == v1alpha1.HostDrain) {
			t.Fatalf("%s: %v", state, err)
		}
	}
	if diff := cmp.Diff([]string{address(1).String()}, c.serving()); diff != "" {
		t.Errorf("served (-want +got):\n%s", diff)
	}
}

// A write whose answer was lost may have arrived: who is in then is kept.
func TestAHostThatDiesAfterItsWriteWasLostIsKept(t *testing.T) {
	o := object(withHosts(hostsNumbered(1)...))
	f, m, d := factsOf(o), newMemory(), failover.Decision{Published: map[engine.MemberID]bool{id(1): true}}
	l, v := endpointsOf(o), hosts.Verdicts{id(1): up(0)}
	s := newStore()
	s.apply(desired.ChangesFor(f, desired.Compose(f, l, v, d, m.Acknowledged), false))
	m.MarkUnconfirmed(d)
	m.Remember(d)
	recovery.ConfirmFromSlices(s.into(f), &m.Previous)
	if got := decide(l, hosts.Verdicts{id(1): down(10)}, m); !got.Published[id(1)] {
		t.Error("the host that is published was taken out, and nobody has answered since")
	}
}
