package main

import (
	"slices"
	"testing"
)

func TestBatchResultsAreTallied(t *testing.T) {
	const test = "hack/soak TestTableReportsMissingTests"
	for _, b := range []batch{
		{args: []string{"-run", "ReportsMissingTests", "."}},
		{args: []string{"-run", "ReportsMissingTests", "."}, long: true, patient: true},
	} {
		tally := newTally(func(string, []string) {})
		if err := b.run(t.Context(), tally); err != nil {
			t.Fatal(err)
		}
		if r := tally.results[test]; r == nil || r.passed != 1 {
			t.Errorf("%s is %+v, want it passed once", test, r)
		}
	}
}

func TestBatchFailsWithoutPackage(t *testing.T) {
	b := batch{args: []string{"./nowhere"}}
	if err := b.run(t.Context(), newTally(func(string, []string) {})); err == nil {
		t.Error("no error for a package that there is not")
	}
}

func TestUnitTestsAreThoseThatNoOtherBatchRuns(t *testing.T) {
	packages, pattern := unitTests([]row{
		{"1", "a fault", []string{"test/a TestX", "probes/b TestY", "probes/b TestZ", "probes/epoll TestV", "internal/a TestU"}},
		{every, "all", []string{"controllers/c TestW"}},
	})
	if want := []string{"./internal/a", "./probes/b"}; !slices.Equal(packages, want) {
		t.Errorf("packages %q, want %q", packages, want)
	}
	if want := "^(TestY|TestZ|TestU)$"; pattern != want {
		t.Errorf("pattern %s, want %s", pattern, want)
	}
}
