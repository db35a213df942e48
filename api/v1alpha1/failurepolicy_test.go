package v1alpha1

import (
	"testing"

	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestEffectiveMinHealthy(t *testing.T) {
	number := func(n int32) *intstr.IntOrString { value := intstr.FromInt32(n); return &value }
	percent := func(s string) *intstr.IntOrString { value := intstr.FromString(s); return &value }

	tests := []struct {
		name       string
		minHealthy *intstr.IntOrString
		active     int
		want       int
	}{
		{name: "absent", active: 3, want: 1},
		{name: "a number, however many hosts there are", minHealthy: number(2), active: 5, want: 2},
		{name: "a number above the hosts there are", minHealthy: number(5), active: 2, want: 5},
		{name: "a percentage is rounded up", minHealthy: percent("50%"), active: 3, want: 2},
		{name: "a percentage that needs no rounding", minHealthy: percent("50%"), active: 4, want: 2},
		{name: "the smallest percentage is one host", minHealthy: percent("1%"), active: 3, want: 1},
		{name: "all of them", minHealthy: percent("100%"), active: 3, want: 3},
		{name: "a percentage of no host is still one", minHealthy: percent("50%"), active: 0, want: 1},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := (FailurePolicy{MinHealthy: test.minHealthy}).EffectiveMinHealthy(test.active); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestEffectiveAction(t *testing.T) {
	if got := (FailurePolicy{}).EffectiveAction(); got != ActionKeepLast {
		t.Errorf("absent: got %q", got)
	}
	if got := (FailurePolicy{Action: ActionPublishNone}).EffectiveAction(); got != ActionPublishNone {
		t.Errorf("set: got %q", got)
	}
}
