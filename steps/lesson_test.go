package steps_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"agentcore-3lo/internal/lesson"
	"agentcore-3lo/steps"
)

// A lesson begins with a short paragraph, and says in sentences what it draws.
func TestEveryLessonReadsWell(t *testing.T) {
	t.Parallel()
	cleanup, _ := steps.Find(steps.Cleanup)
	all := append(steps.Tutorial(), cleanup)
	for _, s := range all {
		source, err := os.ReadFile("lessons/" + string(s.ID) + ".md")
		if err != nil {
			t.Error(err)
			continue
		}
		l, err := lesson.Parse(source)
		if err != nil || len(l) == 0 {
			t.Errorf("%s: %v", s.ID, err)
			continue
		}
		if lead := l[0].Text; lead == "" || utf8.RuneCountInString(lead) > 3*78 {
			t.Errorf("%s: the lead has %d characters; three lines are at most %d", s.ID, utf8.RuneCountInString(lead), 3*78)
		}
		numbered := func(b lesson.Block) bool { return b.Steps != nil }
		for i, b := range l {
			if b.Diagram == "" {
				continue
			}
			if !slices.ContainsFunc(l, numbered) {
				t.Errorf("%s: a diagram has no numbered list beside it that says the same", s.ID)
			}
			for line := range strings.Lines(b.Diagram) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 76 {
					t.Errorf("%s, block %d: a line of %d columns", s.ID, i, n)
				}
			}
		}
	}
	files, _ := filepath.Glob("lessons/*.md")
	if len(files) != len(all) {
		t.Errorf("%d files for %d steps", len(files), len(all))
	}
}
