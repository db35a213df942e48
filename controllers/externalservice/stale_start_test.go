package externalservice

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// TestAStartingOperatorKnowsTheSpecOfNow starts one with a cache that was filled by
// an API server which lags behind.
func TestAStartingOperatorKnowsTheSpecOfNow(t *testing.T) {
	c := allUp(t, object())
	thaw := c.freeze()
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Hosts = o.Spec.Hosts[:2] })

	c.restart()
	c.mustReconcile()
	if serving := c.serving(); slices.Contains(serving, address(3).String()) || len(serving) != 2 {
		t.Errorf("%v get traffic, the third host was removed before the operator started", serving)
	}
	thaw()
	c.wantQuiet()
}

// TestNothingIsTakenBackOnTheWordOfACache has the cache show a Service on which
// nobody may publish, while the API server has ours.
func TestNothingIsTakenBackOnTheWordOfACache(t *testing.T) {
	for _, starts := range []bool{false, true} {
		c := allUp(t, object())
		wrong := read(c, &corev1.Service{})
		right := wrong.DeepCopy()
		wrong.Spec.Selector = map[string]string{"app": "old"}
		if err := c.server.Update(t.Context(), wrong); err != nil {
			t.Fatal(err)
		}
		thaw := c.freeze()
		right.ResourceVersion = wrong.ResourceVersion
		if err := c.server.Update(t.Context(), right); err != nil {
			t.Fatal(err)
		}
		if starts {
			c.restart()
		}
		c.wantQuiet()
		if serving := c.serving(); len(serving) != 3 {
			t.Errorf("at a start: %t: %v get traffic, want all three", starts, serving)
		}
		thaw()
		c.wantQuiet()
	}
}
