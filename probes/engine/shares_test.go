package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSharesAreFairBetweenNamespaces(t *testing.T) {
	for name, c := range map[string]struct {
		wanted   map[string]int
		capacity int
		want     map[string]int
	}{
		"all fit":                       {map[string]int{"a": 5, "b": 3}, 10, map[string]int{"a": 5, "b": 3}},
		"the first does not hide later": {map[string]int{"a": 1000, "b": 3, "c": 2}, 10, map[string]int{"a": 5, "b": 3, "c": 2}},
		"what one leaves others get":    {map[string]int{"a": 1000, "b": 1000, "c": 2}, 12, map[string]int{"a": 5, "b": 5, "c": 2}},
		"an odd one out":                {map[string]int{"a": 9, "b": 9}, 5, map[string]int{"a": 2, "b": 3}},
		"none at all":                   {map[string]int{"a": 9, "b": 9}, 0, map[string]int{"a": 0, "b": 0}},
		"fewer than namespaces":         {map[string]int{"a": 9, "b": 9, "c": 9}, 2, map[string]int{"a": 0, "b": 1, "c": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			for range 10 { // maps have no order
				if diff := cmp.Diff(c.want, shares(c.wanted, c.capacity)); diff != "" {
					t.Fatalf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}
