package externalservice

import (
	"slices"
	"testing"

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
