package retry

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

// seen makes samples of what was used and stolen in each second.
func seen(each ...use) []sample {
	s := sample{at: time.Unix(0, 0)}
	samples := []sample{s}
	for _, u := range each {
		s.at = s.at.Add(time.Second)
		s.used.ours += u.ours
		s.used.stolen += u.stolen
		samples = append(samples, s)
	}
	return samples
}

func repeat(count int, u use) []use {
	all := make([]use, count)
	for i := range all {
		all[i] = u
	}
	return all
}

func TestWorstFindsWindowWithMostSteal(t *testing.T) {
	calm, taken := use{ours: time.Second}, use{ours: 100 * time.Millisecond, stolen: time.Second}
	for _, c := range []struct {
		name    string
		samples []sample
		want    use
		unfair  bool
	}{
		{"nothing was seen", nil, use{}, false},
		{"one sample", seen(), use{}, false},
		{"nothing was stolen", seen(repeat(20, calm)...), use{}, false},
		{"less than a window", seen(repeat(3, taken)...), use{300 * time.Millisecond, 3 * time.Second}, true},
		{
			"a window among calm ones",
			seen(append(append(repeat(20, calm), repeat(5, taken)...), repeat(20, calm)...)...),
			use{500 * time.Millisecond, 5 * time.Second}, true,
		},
		{
			"less than was used",
			seen(append(append(repeat(20, calm), repeat(2, taken)...), repeat(20, calm)...)...),
			use{3200 * time.Millisecond, 2 * time.Second}, false,
		},
		{"more than was used, of next to nothing", seen(repeat(9, use{1, 100 * time.Millisecond})...), use{5, 500 * time.Millisecond}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := worst(c.samples)
			if got != c.want || got.unfair() != c.unfair {
				t.Errorf("worst: %+v, unfair %t; want %+v, %t", got, got.unfair(), c.want, c.unfair)
			}
		})
	}
}

func TestOnStealRetries(t *testing.T) {
	failure := errors.New("too slow")
	const calm, stolen = false, true
	for _, c := range []struct {
		name    string
		machine []bool
		results []error
		calls   int
		fails   bool
	}{
		{"it passes", []bool{calm}, []error{nil}, 1, false},
		{"it passes though the machine was stolen", []bool{stolen}, []error{nil}, 1, false},
		{"it fails on a calm machine", []bool{calm}, []error{failure}, 1, true},
		{"it fails on a stolen machine, and passes", []bool{stolen, calm}, []error{failure, nil}, 2, false},
		{"it fails on a stolen machine, and on a calm one", []bool{stolen, calm}, []error{failure, failure}, 2, true},
		{"it fails on a machine that is always stolen", []bool{stolen, stolen, stolen}, []error{failure, failure, failure}, 3, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls := 0
			watch := func() (end func() []sample) {
				if c.machine[calls] == stolen {
					return func() []sample { return seen(repeat(5, use{stolen: time.Second})...) }
				}
				return func() []sample { return seen(repeat(5, use{ours: time.Second})...) }
			}
			var told strings.Builder
			err := onSteal(&told, watch, func() error {
				calls++
				return c.results[calls-1]
			})
			if calls != c.calls || errors.Is(err, failure) != c.fails {
				t.Errorf("measured %d times, %v; want %d, failed %t", calls, err, c.calls, c.fails)
			}
			if got := strings.Count(told.String(), "says nothing"); got != c.calls-1 {
				t.Errorf("told %d times of an attempt that says nothing, want %d: %s", got, c.calls-1, told.String())
			}
		})
	}
}

func TestWatchSeesOwnCPU(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux counts what is stolen")
	}
	end := watch()
	for first, err := look(); ; {
		now, again := look()
		if err != nil || again != nil {
			t.Fatal(errors.Join(err, again))
		}
		if now.used.ours-first.used.ours >= 100*time.Millisecond {
			break
		}
	}
	samples := end()
	if last := len(samples) - 1; last < 1 || samples[last].used.ours-samples[0].used.ours < 100*time.Millisecond {
		t.Errorf("a tenth of a second was worked for, and seen were %+v", samples)
	}
}
