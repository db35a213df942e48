package operator

import (
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

func TestIdentityIsPodName(t *testing.T) {
	const uid = "6f1c0a52-0000-4000-8000-000000000001"
	o := Options{LeaderElectionNamespace: "operators"}
	lock := func(podUID string) string {
		t.Helper()
		l, err := podLock(o, &rest.Config{Host: "https://192.0.2.1"}, podUID)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := l.Describe(), "operators/operator.external-endpoints.io"; got != want {
			t.Errorf("the lease is %q, want %q", got, want)
		}
		return l.Identity()
	}
	first, again, other := lock(uid), lock(uid), lock(strings.Replace(uid, "1", "2", 1))
	if first != again {
		t.Errorf("started again in its Pod the copy is %q, was %q: it would wait for its own lease to run out", again, first)
	}
	if first == other {
		t.Errorf("copies of two Pods are both %q: both would lead", first)
	}
	outside, err := podLock(o, &rest.Config{Host: "https://192.0.2.1"}, "")
	if err != nil || outside != nil {
		t.Errorf("without a Pod every start must have a name of its own, is %v (%v)", outside, err)
	}
}
