//go:build linux

package main

import (
	"slices"
	"testing"
	"time"
)

func TestTheLongestChainIsWhatNeedsEachOther(t *testing.T) {
	lasts := map[string]time.Duration{"a": 1, "b": 5, "c": 2, "d": 1}
	list := []need{{"a", nil, ""}, {"b", []string{"a"}, ""}, {"c", []string{"a"}, ""}, {"d", []string{"b", "c"}, ""}}
	took := func(what string) time.Duration { return lasts[what] }
	if total, chain := longest(list, took); total != 7 || !slices.Equal(chain, []string{"a", "b", "d"}) {
		t.Errorf("%d, %v", total, chain)
	}
	lasts["c"] = 9 // a slower call makes another chain the longest
	if total, chain := longest(list, took); total != 11 || !slices.Equal(chain, []string{"a", "c", "d"}) {
		t.Errorf("%d, %v", total, chain)
	}
}

// TestEachNeedComesBeforeWhatNeedsIt, as longest relies on.
func TestEachNeedComesBeforeWhatNeedsIt(t *testing.T) {
	for _, list := range [][]need{setup, cleanup} {
		seen := map[string]bool{}
		for _, n := range list {
			for _, what := range n.Needs {
				if !seen[what] {
					t.Errorf("%s needs %s, which is not before it", n.What, what)
				}
			}
			if seen[n.What] {
				t.Errorf("%s is there twice", n.What)
			}
			seen[n.What] = true
		}
	}
}
