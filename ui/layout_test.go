package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/event"
)

func TestChopLosesNothingAndBreaksNoCharacter(t *testing.T) {
	for _, s := range []string{"", "short", strings.Repeat("x", 200), strings.Repeat("東京", 50), strings.Repeat("👩‍💻é", 40), "a" + strings.Repeat("\u0301", 500)} {
		pieces := Chop(s, 10)
		if strings.Join(pieces, "") != s {
			t.Errorf("%q becomes %q", s, pieces)
		}
		for _, p := range pieces {
			if ansi.StringWidth(p) > 10 {
				t.Errorf("%q is wider than 10", p)
			}
		}
	}
}

// A profile is a stranger's: however long its values and names are, it is drawn
// at once, within the page.
func TestALongProfileIsDrawnAtOnceAndWithinThePage(t *testing.T) {
	r := event.Result{Tool: "t", Profile: map[string]any{
		"name": strings.Repeat("n", 8<<20), strings.Repeat("k", 300): "v", "locale": map[string]any{"language": "en", "country": "US"}}}
	began := time.Now()
	card := RenderResult(r, 80)
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	for line := range strings.SplitSeq(card, "\n") {
		if ansi.StringWidth(line) > 80 {
			t.Errorf("%d columns: %.100s", ansi.StringWidth(line), line)
		}
	}
	for _, want := range []string{"country US, language en", "shortened: 8388608 bytes"} {
		if !strings.Contains(strings.ReplaceAll(card, "\n", ""), want) && !strings.Contains(card, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}
