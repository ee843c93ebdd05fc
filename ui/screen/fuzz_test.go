package screen

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/foreign"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// FuzzScreen draws foreign text on the pages of two steps, in their states:
// all that is left of escape sequences are the styles of our own.
func FuzzScreen(f *testing.F) {
	for i, s := range foreign.Texts {
		size := sizes[i%len(sizes)]
		f.Add(s, size[0]-minWidth, size[1]-minHeight)
	}
	invoke, _ := steps.Find(steps.Invoke)
	cleanup, _ := steps.Find(steps.Cleanup)
	f.Fuzz(func(t *testing.T, s string, width, height int) {
		x := newBareScreen()
		x.m = testkit.NewMachine(engine.Mode{Manual: true}, []steps.Step{invoke, cleanup}, invoke.Needs...)
		x.pages[steps.Cleanup] = &page{}
		x.look(steps.Invoke)
		x.Update(tea.WindowSizeMsg{Width: minWidth + max(width, -width)&127, Height: minHeight + max(height, -height)&63})
		happens := func(e engine.Event) {
			e.Step, e.Attempt, e.Time = x.looking, x.m.Of(x.looking).Attempt, time.Now()
			after, _ := x.m.Next(e)
			x.show(after, e)
		}
		happens(engine.Event{Body: engine.Go{}})
		for _, n := range foreign.Bodies(s) {
			happens(engine.Event{Body: n})
		}
		draws(t, x, engine.Running)
		for _, failed := range foreign.Failures(s) {
			happens(engine.Event{Body: engine.Broke{Failure: failed}})
			draws(t, x, engine.Failed)
			happens(engine.Event{Body: engine.Go{}})
		}
		for _, n := range foreign.Bodies(s) {
			happens(engine.Event{Body: n})
		}
		happens(engine.Event{Body: engine.Asked{Question: engine.Question{Kind: engine.Menu, Prompt: "Choose", Check: func(engine.Answer) error { return errors.New(s) }}}})
		x.Update(tea.PasteMsg{Content: s})
		if field := ownStyle.ReplaceAllString(x.field.View(), ""); strings.ContainsFunc(field, unicode.IsControl) { // the person's own text
			t.Errorf("pasted as %q", field)
		}
		x.answer(x.asking(), engine.Answer(s))
		x.field.close()
		x.Update(flashMsg(s))
		draws(t, x, engine.Asking)
		happens(engine.Event{Body: engine.Answered{}})
		happens(engine.Event{Body: engine.Finished{}})
		draws(t, x, engine.Done)
		x.text.overlay = listing
		draws(t, x, engine.Done)

		x.look(steps.Cleanup)
		happens(engine.Event{Body: engine.Go{}})
		for _, n := range foreign.Bodies(s) {
			happens(engine.Event{Body: n})
		}
		draws(t, x, engine.Running)
		foreign.Neutral(t, x.Transcript())
	})
}

// ownStyle is what Lip Gloss makes of bold, reverse and the sixteen colours.
var ownStyle = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func draws(t *testing.T, x *Screen, state engine.State) {
	t.Helper()
	if got := x.m.Of(x.looking).State; got != state {
		t.Fatalf("the page is %s, not %s", got, state)
	}
	lines, _ := x.frame().Render()
	foreign.Neutral(t, ownStyle.ReplaceAllString(strings.Join(lines, "\n"), ""))
}
