package screen

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// Whatever is chosen is in sight at every size, with its words whole.
func TestTheOpeningAtEverySize(t *testing.T) {
	t.Parallel()
	for _, size := range append(sizes, [2]int{minWidth, minHeight}) {
		o := &opening{style: newStyles(true)}
		o.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		if text := o.draw(); !strings.Contains(text, "Opening …") {
			t.Errorf("%v: %s", size, text)
		}
		q := engine.Question{Kind: engine.Menu, Prompt: "Choose a run"}
		offer := func(label string) {
			q.Choices = append(q.Choices, engine.Choice{ID: engine.Answer(fmt.Sprint(len(q.Choices) + 1)), Label: label})
		}
		for i := range 5 {
			offer(fmt.Sprintf("Resume 20260102-030405-abc%d (123456789012 ap-southeast-2, unfinished)", i))
		}
		offer("New run in the sandbox: no account, no network, nothing real")
		offer("New run in AWS: your own account (profile some-long-name, region ap-southeast-2)")
		answer := make(chan engine.Answer, 1)
		o.Update(offerMsg{q, answer})
		for i, c := range q.Choices {
			text := ansi.Strip(o.draw())
			lines := strings.Split(text, "\n")
			if len(lines) != size[1] {
				t.Errorf("%v: %d lines", size, len(lines))
			}
			for _, line := range lines {
				if ansi.StringWidth(line) > size[0] {
					t.Errorf("%v: too wide: %q", size, line)
				}
			}
			_, shown, _ := strings.Cut(squeezed(text), squeezed("▸ "+ui.KeyOf(c.ID)))
			if !strings.HasPrefix(shown, squeezed(c.Label)) {
				t.Errorf("%v: choice %d is not whole:\n%s", size, i+1, text)
			}
			o.Update(tea.KeyPressMsg{Code: tea.KeyDown})
		}
		o.fresh = time.Time{} // it has been there for a while
		o.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
		if got := <-answer; got != q.Choices[len(q.Choices)-1].ID {
			t.Errorf("%v: Enter chose %q", size, got)
		}
	}
}
