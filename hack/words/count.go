package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// idiom are the words that a plain sentence of the field does not need. "as well" is not counted.
var idiom = words(`
who whoever whom nobody somebody anybody everybody
tell tells told telling untold hear hears heard hearing ask asks asked asking
news tidings well dark darkness doubt doubts doubted stand stands stood vouch vouches vouched
lull patience hurry hurries meanwhile glance glances farewell homeless whatsoever
let\ go lets\ go gives\ way give\ way in\ the\ hands
`)

// terms are the terms of the field: what a reader of Kubernetes or of distributed systems
// knows, and searches for. Each is explained or used in docs/development/glossary.md. Words
// that every sentence here has (host, probe, Service, slice) say nothing and are left out.
var terms = words(`
enqueue enqueued enqueues requeue requeued workqueue
reconcile reconciles reconciled reconciler informer informers predicate cache caches cached stale snapshot
resourceVersion idempotent no-op owner\ reference owner\ references garbage\ collection finalizer
lease leases leader\ change leader\ election failover fencing hand-over quorum
in\ flight deadline deadlines back-off backoff retry retries rate\ limit rate\ limits jitter throttled
latency p99 hold-down flap\ damping flapping false\ positive
goroutine goroutines mutex event\ loop state\ machine
admission\ policy RBAC runbook allocations
`)

func words(list string) *regexp.Regexp {
	alternatives := strings.Fields(strings.ReplaceAll(list, `\ `, "\x00"))
	for i, word := range alternatives {
		alternatives[i] = regexp.QuoteMeta(strings.ReplaceAll(word, "\x00", " "))
	}
	// The longest first: an alternative that another one begins with must not hide it.
	slices.SortFunc(alternatives, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(alternatives, "|") + `)\b`)
}

var (
	word   = regexp.MustCompile(`[\p{L}][\p{L}\p{N}'’-]*`)
	spaces = regexp.MustCompile(`\s+`)
	asWell = regexp.MustCompile(`(?i)\bas well\b|\bwell-`)
)

// counts is what was found in a text.
type counts struct {
	words        int
	idiom, terms []string
}

func count(prose string) counts {
	text := spaces.ReplaceAllString(prose, " ")
	return counts{
		words: len(word.FindAllString(text, -1)),
		idiom: idiom.FindAllString(asWell.ReplaceAllString(text, "too"), -1),
		terms: terms.FindAllString(text, -1),
	}
}

func (c counts) idiomRate() float64 { return float64(len(c.idiom)) * 10000 / float64(c.words) }
func (c counts) termRate() float64  { return float64(len(c.terms)) * 10000 / float64(c.words) }

func sum(files []file) counts {
	var total counts
	for _, f := range files {
		total.words += f.words
		total.idiom = append(total.idiom, f.idiom...)
		total.terms = append(total.terms, f.terms...)
	}
	return total
}

// tally lists words with how often each is there, the most frequent first.
func tally(found []string) []string {
	times := map[string]int{}
	for _, w := range found {
		times[strings.ToLower(w)]++
	}
	list := make([]string, 0, len(times))
	for w := range times {
		list = append(list, w)
	}
	slices.SortFunc(list, func(a, b string) int {
		if times[a] != times[b] {
			return times[b] - times[a]
		}
		return strings.Compare(a, b)
	})
	for i, w := range list {
		list[i] = fmt.Sprintf("%s %d", w, times[w])
	}
	return list
}
