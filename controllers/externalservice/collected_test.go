package externalservice

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The ExternalService is deleted, what it owned is collected, and the cache hears of the
// Service first. What is made anew for it then would be collected once more.
func TestNothingIsMadeAnewForAnObjectThatIsGone(t *testing.T) {
	c := allUp(t, object())
	remove := func(o client.Object) {
		if err := c.server.Delete(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	remove(read(c, &corev1.Service{}))
	thaw := c.freeze()
	remove(c.object())
	c.wantQuiet()
	thaw()
	c.wantQuiet()
}
