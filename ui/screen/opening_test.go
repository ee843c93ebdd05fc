package screen

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps/engine"
)

// aStart is what the start page offers, with so many runs.
func aStart(runs int) engine.Question {
	q := engine.Question{Kind: engine.Menu, Prompt: "Choose a run", Default: "1"}
	offer := func(label, note string, other engine.Answer) {
		q.Choices = append(q.Choices, engine.Choice{ID: engine.Answer(fmt.Sprint(len(q.Choices) + 1)), Label: label, Note: note, Other: other})
	}
	for i := range runs {
		offer(fmt.Sprintf("Resume 20260104-03040%d-5e6f", i), fmt.Sprintf("AWS 11112222333%d   step %d, %d min ago", i, i+2, i+3), engine.Answer(fmt.Sprintf("cleanup %d", i+1)))
	}
	offer("New run in the sandbox", "no account, no network, nothing real", "")
	offer("New run in AWS", "profile dev, region eu-west-1", "")
	return q
}

// onStartPage shows the start page.
func onStartPage(t *testing.T, q engine.Question) (r *rig, answer chan engine.Answer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	answer = make(chan engine.Answer, 1)
	r = &rig{Terminal: &tty.Terminal{T: t, Over: make(chan struct{})}, t: t, cancel: cancel,
		walk: testkit.NewWalk(run.Store{}, testkit.NewRecord("test", true))}
	page := &StartPage{send: func(m tea.Msg) { r.prog.Send(m) }}
	o := &opening{ctx: ctx, style: newStyles(true)}
	o.enter = func() (*Screen, error) {
		a, err := page.Ask(ctx, q)
		answer <- a
		return nil, err
	}
	r.run(o, nil, 80, 24)
	return r, answer
}

func TestTheStartPageAtEverySize(t *testing.T) {
	for name, runs := range map[string]int{"start": 0, "start-runs": 3} {
		r, _ := onStartPage(t, aStart(runs))
		r.When("Choose a run", "▸ ", "New run in AWS")
		r.everywhere(name)
		r.Press("q")
		r.ends()
	}
}

// x cleans up the run that is selected, and says nothing of a line that is none.
func TestCleaningUpFromTheStartPage(t *testing.T) {
	r, answer := onStartPage(t, aStart(2))
	r.Asks("Choose a run", "x clean up the selected run")
	r.Press("down", "down")
	r.Gone("clean up")
	r.Press("x", "up")
	r.When("clean up")
	r.Press("X") // with Caps Lock
	if got := <-answer; got != "cleanup 2" {
		t.Errorf("x chose %q", got)
	}
}

// What is selected is in sight at every size, with its words whole, and the cursor is
// on it.
func TestTheSelectedRunIsInSight(t *testing.T) {
	t.Parallel()
	for _, size := range append(sizes, [2]int{minWidth, minHeight}) {
		o := &opening{style: newStyles(true)}
		o.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		if text := o.View().Content; !strings.Contains(text, "Opening …") {
			t.Errorf("%v: %s", size, text)
		}
		q, answer := aStart(9), make(chan engine.Answer, 1)
		o.Update(offerMsg{q, answer})
		for i, c := range q.Choices {
			view := o.View()
			text := ansi.Strip(view.Content)
			lines := strings.Split(text, "\n")
			if len(lines) != size[1] {
				t.Errorf("%v: %d lines", size, len(lines))
			}
			for _, line := range lines {
				if ansi.StringWidth(line) > size[0] {
					t.Errorf("%v: too wide: %q", size, line)
				}
			}
			if selected := lines[view.Cursor.Y]; !strings.Contains(selected, "▸ "+c.Label) {
				t.Errorf("%v: the cursor is on %q, not on choice %d:\n%s", size, selected, i+1, text)
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
