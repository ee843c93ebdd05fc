//go:build unix

package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"agentcore-3lo/internal/testkit/freeport"
)

// readAloud checks that nothing in a text is drawn, and that a terminal of 80 columns
// breaks no line but addresses and commands, which are to be copied.
func readAloud(t *testing.T, text string) {
	t.Helper()
	if drawn := regexp.MustCompile(`[─-╿→←…✓✗⚠•▶◀]`).FindString(text); drawn != "" {
		t.Errorf("%q is drawn:\n%s", drawn, text)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		_, value, labelled := strings.Cut(line, ": ")
		toCopy := strings.Contains(line, binary+" ") || strings.HasPrefix(line, "ssh ") || strings.Contains(line, "curl ") || strings.HasPrefix(line, "  -") ||
			strings.HasPrefix(strings.TrimSpace(line), `"url"`) || strings.Contains(line, os.TempDir()) || labelled && strings.Contains(value, "://") && !strings.Contains(value, " ")
		if len([]rune(line)) > 80 && strings.Contains(strings.TrimSpace(line), " ") && !toCopy {
			t.Errorf("a terminal breaks %q", line)
		}
	}
}

// TestPlainLinesCanBeReadAloud walks in plain lines and reads what it writes.
func TestPlainLinesCanBeReadAloud(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	out := p.must(0, nil, "--sandbox", "--yes", "--plain", "--port", fmt.Sprint(freeport.Take(t)))
	readAloud(t, out)
	for i := 1; i <= 10; i++ {
		heading, end := fmt.Sprintf("\nStep %d of 10: ", i), fmt.Sprintf("\nStep %d is done", i)
		if strings.Count(out, heading) != 1 || strings.Count(out, end) != 1 || strings.Index(out, heading) > strings.Index(out, end) {
			t.Errorf("step %d is not told once:\n%s", i, out)
		}
	}
	for _, args := range [][]string{{"status"}, {"runs"}, {"connect"}, {"connect", "--direct"}, {"connect", "--client", "codex"}, {"plan"}, {"run", "invoke", "--yes", "--plain"}} {
		readAloud(t, strings.ReplaceAll(p.must(0, nil, args...), " · ", ", "))
	}
	if all := p.must(0, nil, "run", "invoke", "--yes"); !strings.Contains(all, "Called gateway tools/call") {
		t.Errorf("the call is not told:\n%s", all)
	}
	if brief := p.must(0, []string{"name: Ana Example"}, "run", "invoke", "--yes", "--brief"); strings.Contains(brief, "Called") {
		t.Errorf("--brief tells a call:\n%s", brief)
	}
	p.must(2, nil, "walk", "--sandbox", "--brief", "--json")
}
