//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
)

func TestCleanupAllFindsRunsWhoseRecordIsLost(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, run := range []string{"kept", "lost"} {
		p.must(0, nil, "--sandbox", "--yes", "--run", run, "--port", fmt.Sprint(freeport.Take(t)))
	}
	if err := os.Remove(filepath.Join(p.home, "runs", "lost.json")); err != nil {
		t.Fatal(err)
	}
	p.must(steps.ExitUsage, []string{"leave one of them out"}, "cleanup", "--all", "--sandbox", "--yes", "--run", "kept")
	code, out, _ := p.run("cleanup", "--all", "--sandbox")
	if code != steps.ExitNeedsPerson {
		t.Errorf("with nobody to ask: exit %d\n%s", code, out)
	}
	p.must(0, []string{"Runs to clean up", "kept", "lost"}, "cleanup", "--all", "--sandbox", "--yes")
	if out = p.must(0, []string{"No run of yours is left in SANDBOX."}, "cleanup", "--all", "--sandbox", "--yes"); strings.Contains(out, "run all") || strings.Contains(out, "What you can do") {
		t.Errorf("with nothing left it says:\n%s", out)
	}
	out = p.must(0, nil, "cleanup", "--all", "--sandbox", "--yes", "--json")
	last := lines(t, out)
	if l := last[len(last)-1]; l["event"] != "finished" || len(l["left"].([]any)) != 0 || strings.Contains(out, `"operation":"Delete`) {
		t.Errorf("the second time: %s", out)
	}
}

func TestCleanupAllLeavesColleaguesAlone(t *testing.T) {
	t.Parallel()
	box := serveAWS(t)
	theirs := newPlace(t, box.env...)
	if code, out := theirs.walkWithBrowser("--aws", "--yes", "--json", "--run", "theirs", "--port", fmt.Sprint(freeport.Take(t))); code != 0 {
		t.Fatalf("exit %d\n%s", code, out)
	}
	mine := newPlace(t, append(box.env, "AWS_ACCESS_KEY_ID=999988887777")...) // another account sees nothing of it
	mine.must(0, []string{"No run of yours is left"}, "cleanup", "--all", "--aws", "--yes")
	theirs.must(0, []string{"exists"}, "status")
}
