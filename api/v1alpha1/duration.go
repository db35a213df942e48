package v1alpha1

import (
	"fmt"
	"regexp"
	"time"
)

// Duration is a length of time as in Gateway API (GEP-2257): one to four whole
// numbers, each with a unit of h, m, s or ms, such as 5s, 1m30s or 250ms.
//
// It is a string and not metav1.Duration because that one prints 1m0s for 1m and
// accepts signs, fractions and nanoseconds.
//
// +kubebuilder:validation:Pattern=`^([0-9]{1,5}(h|m|s|ms)){1,4}$`
// +kubebuilder:validation:MaxLength=28
type Duration string

var durationPattern = regexp.MustCompile(`^([0-9]{1,5}(h|m|s|ms)){1,4}$`)

// Parse returns the length of time, or an error when d has another form.
func (d Duration) Parse() (time.Duration, error) {
	if !durationPattern.MatchString(string(d)) {
		return 0, fmt.Errorf("duration %q must be 1 to 4 whole numbers with a unit of h, m, s or ms", string(d))
	}

	return time.ParseDuration(string(d))
}

// or returns the length of time, or fallback when d is absent or unreadable.
func (d Duration) or(fallback time.Duration) time.Duration {
	parsed, err := d.Parse()
	if err != nil {
		return fallback
	}

	return parsed
}
