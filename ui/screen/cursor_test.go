package screen

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// where is the terminal's cursor: column and row, from 0.
func (b *bubble) where() (x, y int) {
	b.under.mu.Lock()
	defer b.under.mu.Unlock()
	p := b.under.em.CursorPosition()
	return p.X, p.Y
}

// endOf is the place behind a text on the screen, spaces at its end included.
func (b *bubble) endOf(words string) (x, y int) {
	b.t.Helper()
	for y, line := range strings.Split(b.term.Text(), "\n") {
		if before, _, found := strings.Cut(line, strings.TrimRight(words, " ")); found {
			return ansi.StringWidth(before + words), y
		}
	}
	b.t.Fatalf("the screen does not say %q:\n%s", words, b.term.Text())
	return 0, 0
}

// atEndOf insists that the cursor is shown, behind a text.
func (b *bubble) atEndOf(words string) {
	b.t.Helper()
	if !b.term.CursorShown() {
		b.t.Errorf("behind %q no cursor is shown", words)
	}
	x, y := b.where()
	if wantX, wantY := b.endOf(words); x != wantX || y != wantY {
		b.t.Errorf("the cursor is at column %d, row %d; %q ends at column %d, row %d:\n%s", x, y, words, wantX, wantY, b.term.Text())
	}
}

// rests insists that the cursor is shown on the line that says something, at its
// beginning: a magnifier and a Braille display follow it there.
func (b *bubble) rests(words string) {
	b.t.Helper()
	lines := strings.Split(b.term.Text(), "\n")
	x, y := b.where()
	if !b.term.CursorShown() || y >= len(lines) || !strings.Contains(lines[y], words) {
		b.t.Errorf("the cursor is at column %d, row %d, not on %q:\n%s", x, y, words, b.term.Text())
	}
}

// An input method and a Braille display follow the terminal's own cursor: it is where
// the next letter comes, and else on the question.
func TestTheCursorIsWhereTheNextKeyActs(t *testing.T) {
	t.Parallel()
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, size[0], size[1], steps.App)
				defer b.end()
				ask := func(q engine.Question) {
					q.Kind = engine.Text
					b.tell(engine.Event{Step: steps.App, Body: engine.Asked{Question: q}})
					time.Sleep(terminal.Grace)
					b.settle()
				}
				esc := func() {
					b.press("esc")
					time.Sleep(time.Second) // a lone escape, not the beginning of a sequence
					b.settle()
				}
				ask(engine.Question{Name: "linkedin_client_id", Prompt: "Client ID", Help: []string{"It is in the Auth tab of your app."}})
				b.rests("╭ Your turn")
				b.press("enter")
				b.press("8")
				b.atEndOf("[ 8")
				b.press("6tyhgf")
				b.atEndOf("[ 86tyhgf")
				b.press("backspace")
				b.atEndOf("[ 86tyhg")
				b.press("é~ü")
				b.atEndOf("[ 86tyhgé~ü")
				b.press("left")
				b.atEndOf("[ 86tyhgé~")
				b.press("home")
				b.atEndOf("[ ")
				b.press("end")
				b.atEndOf("[ 86tyhgé~ü")
				b.press(strings.Repeat("0123456789", 10) + "end")
				b.atEndOf("9end") // longer than the field at any size: its end is shown

				b.press("?") // a letter like any other
				b.atEndOf("9end?")
				b.press("ctrl+c")
				b.rests("╭ Leave?")
				esc()
				b.atEndOf("9end?")
				esc()
				b.rests("╭ Your turn")
				b.press("w")
				b.rests("There is no exchange")
				esc()
				b.press("left")
				b.says("Create the gateway")
				b.press("right")
				time.Sleep(terminal.Grace)
				b.press("enter")
				b.atEndOf("9end?") // what was typed is still there

				b.tell(engine.Event{Step: steps.App, Body: engine.Answered{}})
				b.settle()
				ask(engine.Question{Name: "linkedin_client_secret", Prompt: "Primary Client Secret", Secret: true})
				b.press("enter")
				b.press("secret")
				b.atEndOf("[ ••••••")
			})
		})
	}
}

// In a list the cursor is on the selected line.
func TestTheCursorIsOnTheSelectedLine(t *testing.T) {
	t.Parallel()
	for _, size := range sizes {
		s := runningAt(steps.Consent, size[0], size[1])
		s.happens(aLink(), aConsent())
		selected := func(overlay string) {
			t.Helper()
			view := s.View()
			lines := strings.Split(ansi.Strip(view.Content), "\n")
			if line := lines[view.Cursor.Y]; !strings.Contains(line, "▸") {
				t.Errorf("%v, %s: the cursor is on %q:\n%s", size, overlay, line, strings.Join(lines, "\n"))
			}
		}
		open(symptomList)(s)
		for range 8 {
			selected("symptoms")
			s.symptomKey("down")
		}
		s.text.overlay = none
		for range 60 {
			s.happens(anExchange())
		}
		s.lay(wireList)
		for _, key := range []string{"up", "home", "down", "pgdown", "end"} {
			selected("wire")
			s.texts.key(key, s.looking)
		}
		s.lift()
		s.lay(sequence)
		for range 12 {
			selected("sequence")
			s.texts.key("down", s.looking)
		}
	}
}

// One that has reached this machine is not on another: the line of that is gone, and the
// selection stays in the list.
func TestTheListOfSymptomsGetsShorter(t *testing.T) {
	t.Parallel()
	s := runningAt(steps.Consent, 80, 24)
	s.happens(aLink(), aConsent())
	open(symptomList)(s)
	all := symptoms(false)
	s.symptomKey(strconv.Itoa(len(all)))
	s.run.Now = func() ui.State { return ui.State{Reached: true} }
	if left := symptoms(true); len(left) == len(all) {
		t.Fatalf("%d symptoms stay", len(left))
	}
	if view := ansi.Strip(s.View().Content); !strings.Contains(view, "▸ "+strconv.Itoa(len(all)-1)) {
		t.Errorf("the last line is not selected:\n%s", view)
	}
	s.symptomKey("up")
	if view := ansi.Strip(s.View().Content); !strings.Contains(view, "▸ "+strconv.Itoa(len(all)-2)) {
		t.Errorf("the line above is not selected:\n%s", view)
	}
}
