package externalservice

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
)

const updateService = "update service"

// What the user wants of the Service may not be to be had: a family that the cluster
// lacks, a webhook that objects, a quota. That must not keep a dead host in.
func TestAServiceThatCannotBeReshapedKeepsNoDeadHostIn(t *testing.T) {
	for name, err := range map[string]error{
		"it is invalid":       apierrors.NewInvalid(schema.GroupKind{Kind: "Service"}, "orders-db", nil),
		"it is not allowed":   apierrors.NewForbidden(anyResource, "orders-db", errors.New("quota")),
		"nobody answers it":   errors.New("no answer"),
		"a webhook is broken": apierrors.NewInternalError(errors.New("failed calling webhook")),
	} {
		t.Run(name, func(t *testing.T) {
			c := allUp(t, object())
			c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Service.Type = "LoadBalancer" })
			c.refuse = refusing(updateService, func() error { return err })
			_, _ = c.reconcile()
			c.wantWrites(c.writes, updateStatus)
			if got := c.condition(v1alpha1.ConditionProgrammed); !strings.HasPrefix(got, "False ") {
				t.Errorf("Programmed is %s", got)
			}
			for range 10 { // nor is trying again somebody else's edit
				_, _ = c.reconcile()
			}
			c.failHost()
			c.writes = nil
			_, _ = c.reconcile()
			c.wantWrites(c.writes, updateSlice, updateEndpoints, updateStatus)
			if diff := cmp.Diff([]string{"203.0.113.1", "203.0.113.3"}, c.serving()); diff != "" {
				t.Errorf("serving (-want +got):\n%s", diff)
			}
			c.engine.verdicts[engine.Key(orders)][id(2)] = up(70)
			c.writes = nil
			_, _ = c.reconcile()
			c.wantWrites(c.writes, updateSlice, updateEndpoints, updateStatus)
			c.refuse, c.writes = func(string) error { return nil }, nil
			c.wantWrites(c.mustReconcile(), updateService, updateStatus)
			if got := c.condition(v1alpha1.ConditionProgrammed); got != "True Programmed" {
				t.Errorf("Programmed is %s", got)
			}
			c.wantQuiet()
		})
	}
}

// Slices are found by the name of the Service's port. Whichever of the two it has, kube-proxy
// must find hosts there, from the first moment to the last.
func TestAPortIsRenamedWithoutAGap(t *testing.T) {
	c := allUp(t, object())
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Ports[0].Name = "renamed" })
	c.engine.verdicts[engine.Key(orders)] = hosts.Verdicts{}
	for n := 1; n <= 3; n++ {
		c.engine.verdicts[engine.Key(orders)][engine.MemberID{Address: address(n), Port: "renamed"}] = up(70)
	}
	c.wantWrites(c.mustReconcile(), createSlice, updateService, deleteSlice, updateEndpoints, updateStatus)
	c.wantServing(1, 2, 3)
	c.wantQuiet()
}

// A Service that keeps its old name must keep its old slices.
func TestSlicesOfAPortThatTheServiceCouldNotGiveUpStay(t *testing.T) {
	c := allUp(t, object())
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Ports[0].Name = "renamed" })
	c.refuse = refusing(updateService, func() error { return errors.New("no answer") })
	for range 3 {
		_, _ = c.reconcile()
	}
	c.wantWrites(c.writes, createSlice, updateStatus)
	var names []string
	for _, slice := range c.slices() {
		names = append(names, *slice.Ports[0].Name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"pg", "renamed"}, names); diff != "" {
		t.Errorf("names of the slices' ports (-want +got):\n%s", diff)
	}
}

// A Service that somebody changed meanwhile may have got a selector.
func TestAServiceThatChangedMeanwhileIsLookedAtAgainFirst(t *testing.T) {
	c := allUp(t, object())
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Service.Type = "NodePort" })
	c.failHost()
	c.refuse = refusing(updateService, func() error { return apierrors.NewConflict(anyResource, "x", errors.New("modified")) })
	if _, err := c.reconcile(); !apierrors.IsConflict(err) {
		t.Fatal(err)
	}
	c.wantWrites(c.writes)
}
