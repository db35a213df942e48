package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/resolve"
)

// Of a name that was never resolved there is no answer that could stay in use.
func TestANameThatNeverMeantAnythingIsToldOfAsSuch(t *testing.T) {
	c := newCluster(t, object(withHosts(named(dbName)...)))
	c.mustReconcile()
	c.names.hear(dbName, at(0), fails(resolve.NXDomain))
	c.mustReconcile()
	want := []string{"Warning NameStale db.example.com name not found; nothing is known of it"}
	if diff := cmp.Diff(want, received(c.recorder)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
