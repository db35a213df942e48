package v1alpha1

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestEffectiveResolution(t *testing.T) {
	type effective struct {
		MinTTL, MaxTTL, KeepFor time.Duration
		MaxAddresses            int
	}

	tests := []struct {
		name       string
		resolution Resolution
		want       effective
	}{
		{name: "nothing is set", want: effective{5 * time.Second, time.Hour, 24 * time.Hour, 64}},
		{
			name:       "what is set stays",
			resolution: Resolution{MinTTL: "1s", MaxTTL: "1m30s", KeepFor: "720h", MaxAddresses: 256},
			want:       effective{time.Second, 90 * time.Second, 720 * time.Hour, 256},
		},
		{
			name:       "not keeping at all is not the default",
			resolution: Resolution{KeepFor: "0s"},
			want:       effective{5 * time.Second, time.Hour, 0, 64},
		},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := test.resolution
			got := effective{r.EffectiveMinTTL(), r.EffectiveMaxTTL(), r.EffectiveKeepFor(), r.EffectiveMaxAddresses()}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("resolution (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEffectiveFamilies(t *testing.T) {
	service := []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
	own := []corev1.IPFamily{corev1.IPv6Protocol}

	if diff := cmp.Diff(service, Resolution{}.EffectiveFamilies(service)); diff != "" {
		t.Errorf("those of the Service (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(own, Resolution{Families: own}.EffectiveFamilies(service)); diff != "" {
		t.Errorf("its own (-want +got):\n%s", diff)
	}
}
