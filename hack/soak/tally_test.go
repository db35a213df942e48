package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const passing = `
{"Action":"start","Package":"github.com/external-endpoints/operator/test/a"}
{"Action":"run","Package":"github.com/external-endpoints/operator/test/a","Test":"TestX"}
{"Action":"output","Package":"github.com/external-endpoints/operator/test/a","Test":"TestX","Output":"hello\n"}
{"Action":"pass","Package":"github.com/external-endpoints/operator/test/a","Test":"TestX/one/first","Elapsed":1}
{"Action":"pass","Package":"github.com/external-endpoints/operator/test/a","Test":"TestX/one/second","Elapsed":2}
{"Action":"pass","Package":"github.com/external-endpoints/operator/test/a","Test":"TestX/one","Elapsed":0}
{"Action":"pass","Package":"github.com/external-endpoints/operator/test/a","Test":"TestX/other","Elapsed":4}
{"Action":"pass","Package":"github.com/external-endpoints/operator/test/a","Test":"TestX","Elapsed":0}
{"Action":"skip","Package":"github.com/external-endpoints/operator/test/a","Test":"TestSkipped","Elapsed":0}
{"Action":"pass","Package":"github.com/external-endpoints/operator/test/a","Elapsed":5}
`

const failing = `
{"Action":"output","Package":"github.com/external-endpoints/operator/test/a","Test":"TestX/one","Output":"it is wrong\n"}
{"Action":"fail","Package":"github.com/external-endpoints/operator/test/a","Test":"TestX/one","Elapsed":1}
{"Action":"fail","Package":"github.com/external-endpoints/operator/test/a","Test":"TestX","Elapsed":1.5}
`

const notBuilt = `
{"ImportPath":"github.com/external-endpoints/operator/test/b","Action":"build-output","Output":"b.go:1: no\n"}
{"ImportPath":"github.com/external-endpoints/operator/test/b","Action":"build-fail"}
{"Action":"fail","Package":"github.com/external-endpoints/operator/test/b","Elapsed":0}
`

func tallyOf(t *testing.T, outputs ...string) *tally {
	t.Helper()
	tally := newTally(func(string, []string) {})
	for _, output := range outputs {
		if err := tally.read(strings.NewReader(strings.TrimPrefix(output, "\n"))); err != nil {
			t.Fatal(err)
		}
	}
	return tally
}

func TestTallyCountsRunsAndSeconds(t *testing.T) {
	got := tallyOf(t, passing, passing, failing).results
	want := map[string]*result{
		"test/a":             {passed: 2, seconds: 10},
		"test/a TestX":       {passed: 2, failed: 1, seconds: 7 + 7 + 1.5},
		"test/a TestSkipped": {skipped: 2},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTallyListsFailedTests(t *testing.T) {
	for _, c := range []struct {
		name    string
		outputs []string
		want    []string
	}{
		{"all passed", []string{passing}, nil},
		{"a part of a test failed", []string{passing, failing}, []string{"test/a TestX"}},
		{"a package was not built", []string{notBuilt}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := tallyOf(t, c.outputs...).failed(); !slices.Equal(got, c.want) {
				t.Errorf("failed: %q, want %q", got, c.want)
			}
		})
	}
}

func TestTallyReportsFailureWithOutput(t *testing.T) {
	for _, c := range []struct {
		name, output string
		want         []string
	}{
		{"all passed", passing, nil},
		{"a part of a test failed", failing, []string{"test/a TestX/one", "it is wrong\n", "test/a TestX"}},
		{"a package was not built", notBuilt, []string{"test/b", "b.go:1: no\n", "test/b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told []string
			tally := newTally(func(id string, said []string) { told = append(append(told, id), said...) })
			if err := tally.read(strings.NewReader(strings.TrimPrefix(c.output, "\n"))); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(told, c.want) {
				t.Errorf("told: %q, want %q", told, c.want)
			}
		})
	}
}

func TestTallyReportsFailedBatch(t *testing.T) {
	tally := tallyOf(t, notBuilt)
	tally.fail("clusters", errNotBuilt)
	if got, want := tally.failed(), []string{"clusters (exit status 1)"}; !slices.Equal(got, want) {
		t.Errorf("failed: %q, want %q", got, want)
	}
}

func TestTallyForget(t *testing.T) {
	tally := tallyOf(t, failing)
	tally.fail("clusters", errNotBuilt)
	tally.forget()
	if got := tally.failed(); len(got) > 0 || len(tally.results) > 0 {
		t.Errorf("failed: %q, results: %v", got, tally.results)
	}
}
