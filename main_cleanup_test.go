//go:build unix

package main

import (
	"fmt"
	"testing"

	"agentcore-3lo/internal/testkit/freeport"
)

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
