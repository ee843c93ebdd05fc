//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunsForgetsOnlyARunThatLeavesNothing(t *testing.T) {
	t.Parallel()
	x := newWalked(t)
	remembered := func() (left []string) {
		for _, folder := range []string{"runs", "journals", "logs"} {
			found, _ := filepath.Glob(filepath.Join(x.home, folder, "mine.*"))
			left = append(left, found...)
		}
		return left
	}
	x.must(1, []string{"is not cleaned up", "Clean it up first", "cleanup --run mine"}, "runs", "--forget", "mine")
	x.must(2, []string{"there is no run"}, "runs", "--forget", "other")
	x.must(2, []string{"--forget names the run"}, "runs", "--forget", "mine", "--run", "mine2")
	x.must(0, []string{"gone"}, "cleanup", "--yes", "--run", "mine")
	journal := filepath.Join(x.home, "journals", "mine.ndjson")
	if raw, err := os.ReadFile(journal); err != nil || !strings.Contains(string(raw), "DeleteGateway") {
		t.Errorf("cleanup did not keep the journal: %v", err)
	}
	raw := x.must(0, nil, "runs", "--forget", "mine", "--json")
	if l := lines(t, raw); len(l) != 1 || l[0]["event"] != "forgotten" || l[0]["run"] != "mine" {
		t.Errorf("runs --forget --json: %s", raw)
	}
	if left := remembered(); left != nil {
		t.Errorf("it left %v", left)
	}
	x.must(2, []string{"there is no run"}, "runs", "--forget", "mine")
	if left := remembered(); left != nil {
		t.Errorf("the second time left %v", left)
	}
}
