package framework

import (
	"context"
	"testing"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

const (
	// explained is how many objects a failed test shows.
	explained = 5
	// explainedLog is how many lines of each operator's log.
	explainedLog = 40
)

// explain shows what a person needs to understand a failed test.
func (w *World) explain(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var objects v1alpha1.ExternalServiceList
	if err := w.Client.List(ctx, &objects, client.InNamespace(w.Namespace), client.Limit(explained)); err != nil {
		t.Log(err)
	}
	for _, object := range objects.Items {
		t.Logf("ExternalService %s: %s", object.Name, object.Status.Hosts.Summary)
		for _, c := range object.Status.Conditions {
			t.Logf("  %s=%s (%s) since %s: %s", c.Type, c.Status, c.Reason, c.LastTransitionTime.UTC().Format(time.TimeOnly), c.Message)
		}
	}
	var slices discoveryv1.EndpointSliceList
	if err := w.Client.List(ctx, &slices, client.InNamespace(w.Namespace), client.Limit(explained)); err != nil {
		t.Log(err)
	}
	for _, slice := range slices.Items {
		t.Logf("EndpointSlice %s %v", slice.Name, slice.Annotations)
		for _, e := range slice.Endpoints {
			t.Logf("  %v ready=%t", e.Addresses, e.Conditions.Ready == nil || *e.Conditions.Ready)
		}
	}
	operators := w.Operators
	if w.Operator != nil {
		operators = append(operators, w.Operator)
	}
	for _, operator := range operators {
		t.Logf("%s: log ends with\n%s", operator.Name(), operator.LogTail(explainedLog))
	}
}
