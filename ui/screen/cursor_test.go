package screen

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
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
		b.t.Errorf("the cursor stands at column %d, row %d; %q ends at column %d, row %d:\n%s", x, y, words, wantX, wantY, b.term.Text())
	}
}

func (b *bubble) hidden(when string) {
	b.t.Helper()
	if b.term.CursorShown() {
		b.t.Errorf("%s the cursor is shown", when)
	}
}

// An input method and a braille display follow the terminal's own cursor: it
// stands where the next letter comes, and nowhere when none is awaited.
func TestTheCursorStandsBehindWhatIsTyped(t *testing.T) {
	t.Parallel()
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, size[0], size[1], steps.App)
				defer b.end()
				b.hidden("before a question")
				ask := func(q engine.Question) {
					q.Kind = engine.Text
					b.tell(engine.Event{Step: steps.App, Body: engine.Asked{Question: q}})
					time.Sleep(terminal.Grace)
					b.settle()
				}
				ask(engine.Question{Name: "linkedin_client_id", Prompt: "Client ID", Help: []string{"It stands in the Auth tab of your app."}})
				b.press("8")
				b.atEndOf("› 8")
				b.press("6tyhgf")
				b.atEndOf("› 86tyhgf")
				b.press("backspace")
				b.atEndOf("› 86tyhg")
				b.press("é~ü")
				b.atEndOf("› 86tyhgé~ü")
				b.press("left")
				b.atEndOf("› 86tyhgé~")
				b.press("home")
				b.atEndOf("› ")
				b.press("end")
				b.atEndOf("› 86tyhgé~ü")
				b.press("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789end")
				b.atEndOf("9end") // longer than the field at any size: its end is shown

				b.press("?") // a letter like any other
				b.atEndOf("9end?")
				b.press("ctrl+c")
				b.says("A question is still open")
				b.hidden("before the question of leaving")
				b.press("esc")
				time.Sleep(time.Second) // a lone escape, not the beginning of a sequence
				b.settle()
				b.atEndOf("9end?")
				b.press("esc")
				time.Sleep(time.Second)
				b.settle()
				b.hidden("out of the field")
				b.press("?")
				b.says("Keys, the same everywhere")
				b.hidden("over the help")
				b.press("esc")
				time.Sleep(time.Second)
				b.press("left")
				b.says("4  Gateway")
				b.hidden("on another page")
				b.press("right")
				b.atEndOf("9end?") // what was typed is still there

				b.tell(engine.Event{Step: steps.App, Body: engine.Answered{}})
				b.settle()
				b.hidden("after the answer")
				ask(engine.Question{Name: "linkedin_client_secret", Prompt: "Primary Client Secret", Secret: true})
				b.press("secret")
				b.atEndOf("› ******")
				b.tell(engine.Event{Step: steps.App, Body: engine.Answered{}})
				b.tell(engine.Event{Step: steps.App, Body: engine.Finished{}})
				b.settle()
				b.hidden("after the last answer")
			})
		})
	}
}
