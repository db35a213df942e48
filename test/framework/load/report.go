package load

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is what became of a number of requests.
type Report struct {
	Results  []Result // in the order of their starts
	ByHost   map[string]int
	Failures []Result
}

func newReport(results []Result) Report {
	r := Report{Results: slices.Clone(results), ByHost: map[string]int{}}
	slices.SortFunc(r.Results, func(a, b Result) int { return a.Start.Compare(b.Start) })
	for _, result := range r.Results {
		if result.Error == "" {
			r.ByHost[result.Host]++
		} else {
			r.Failures = append(r.Failures, result)
		}
	}
	return r
}

// Sent is the number of requests.
func (r Report) Sent() int { return len(r.Results) }

// Since is the report on requests that started at a time or later.
func (r Report) Since(start time.Time) Report {
	return newReport(slices.DeleteFunc(slices.Clone(r.Results), func(x Result) bool { return x.Start.Before(start) }))
}

// Before is the report on requests that started before a time.
func (r Report) Before(end time.Time) Report {
	return newReport(slices.DeleteFunc(slices.Clone(r.Results), func(x Result) bool { return !x.Start.Before(end) }))
}

// Last is the report on the n requests that started last.
func (r Report) Last(n int) Report { return newReport(r.Results[max(0, len(r.Results)-n):]) }

// LastAnswer is the start of the last request that a host answered.
func (r Report) LastAnswer(host string) (time.Time, bool) {
	for _, result := range slices.Backward(r.Results) {
		if result.Host == host {
			return result.Start, true
		}
	}
	return time.Time{}, false
}

// LastFailure is the start of the last request that failed.
func (r Report) LastFailure() (time.Time, bool) {
	if len(r.Failures) == 0 {
		return time.Time{}, false
	}
	return r.Failures[len(r.Failures)-1].Start, true
}

// ByError counts the failures of each class.
func (r Report) ByError() map[Failure]int {
	count := map[Failure]int{}
	for _, failure := range r.Failures {
		count[failure.Error]++
	}
	return count
}

// String is one line, "200 sent: host-1 99, host-2 98; refused 3".
func (r Report) String() string {
	line := fmt.Sprintf("%d sent: %s", r.Sent(), counts(r.ByHost))
	if len(r.Failures) > 0 {
		line += "; " + counts(r.ByError())
	}
	return line
}

func counts[K cmp.Ordered](of map[K]int) string {
	var parts []string
	for key, n := range of {
		parts = append(parts, fmt.Sprintf("%v %d", key, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
