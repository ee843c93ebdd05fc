package plain_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/plain"
	"agentcore-3lo/ui/terminal"
)

// desk is a plain front end with somebody who types.
type desk struct {
	t     *testing.T
	plain *plain.FrontEnd
	out   *testkit.Output
	keys  *os.File
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	in, keys, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close(); in.Close() })
	d := &desk{t: t, out: &testkit.Output{}, keys: keys}
	d.plain = plain.New(&terminal.Terminal{In: terminal.NewInput(in), Out: d.out, Err: d.out, Attended: true, Width: 80}, false)
	walk := testkit.NewWalk(run.Store{Dir: t.TempDir()}, testkit.NewRecord("test", true))
	d.plain.Open(ui.RunOf(walk))
	return d
}

func machine() engine.Machine {
	return testkit.NewMachine(engine.Mode{Manual: true}, nil)
}

func (d *desk) types(s string) {
	d.t.Helper()
	if _, err := d.keys.WriteString(s); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) waitFor(words string) {
	d.t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if strings.Contains(d.out.String(), words) {
			return
		}
	}
	d.t.Fatalf("%q is not written:\n%s", words, d.out)
}

func (d *desk) ask(ctx context.Context, q engine.Question) <-chan engine.Answer {
	answers := make(chan engine.Answer, 1)
	go func() {
		if a, err := d.plain.Put(ctx, q); err == nil {
			answers <- a
		}
	}()
	return answers
}

func (d *desk) answer(c <-chan engine.Answer) engine.Answer {
	d.t.Helper()
	select {
	case a := <-c:
		return a
	case <-time.After(5 * time.Second):
		d.t.Fatalf("no answer:\n%s", d.out)
		return ""
	}
}

func (d *desk) says(step engine.ID, words string) {
	m := machine()
	d.plain.Show(m, m, engine.Event{Step: step, Time: time.Now(), Body: event.Note{Text: words}})
}

func TestEnterIsNotYes(t *testing.T) {
	d := newDesk(t)
	c := d.ask(t.Context(), engine.Question{Name: "plan", Kind: engine.Confirm, Prompt: "Create these?"})
	d.waitFor("Create these? Yes or no:")
	d.types("\n")
	d.waitFor("Enter alone is neither")
	d.types("YES\n")
	if a := d.answer(c); a != engine.Yes {
		t.Errorf("answer %q", a)
	}
	c = d.ask(t.Context(), engine.Question{Name: "plan", Kind: engine.Confirm, Prompt: "Really?"})
	d.types("n\n")
	if a := d.answer(c); a == engine.Yes {
		t.Errorf("answer %q", a)
	}
}

func TestAnAnswerThatWillNotDoIsAskedForAgain(t *testing.T) {
	d := newDesk(t)
	c := d.ask(t.Context(), engine.Question{Name: "m", Kind: engine.Menu, Prompt: "Which", Choices: []engine.Choice{{ID: "1", Label: "one"}, {ID: "new-link", Label: "two"}}})
	d.types("z\n")
	d.waitFor("Choose one of the keys shown")
	d.types("f\r\n")
	if a := d.answer(c); a != "new-link" {
		t.Errorf("answer %q", a)
	}
	c = d.ask(t.Context(), engine.Question{Name: "m", Kind: engine.Menu, Prompt: "Which", Choices: []engine.Choice{{ID: "new-link", Label: "two"}}})
	d.types("new-link\n") // the word will do, too
	if a := d.answer(c); a != "new-link" {
		t.Errorf("answer %q", a)
	}
}

func TestAWithdrawnQuestionLeavesTheNextOneItsLine(t *testing.T) {
	d := newDesk(t)
	ctx, withdraw := context.WithCancel(t.Context())
	first := d.ask(ctx, engine.Question{Name: "consent", Kind: engine.Text, Prompt: "First"})
	d.waitFor("First")
	withdraw()
	second := d.ask(t.Context(), engine.Question{Name: "next", Kind: engine.Text, Prompt: "Second"})
	d.waitFor("Second")
	d.types("hello\n")
	if a := d.answer(second); a != "hello" {
		t.Errorf("answer %q", a)
	}
	select {
	case a := <-first:
		t.Errorf("the withdrawn question was answered %q", a)
	default:
	}
}

func TestBackgroundLinesAreHeldBackWhileAQuestionIsOpen(t *testing.T) {
	d := newDesk(t)
	c := d.ask(t.Context(), engine.Question{Name: "linkedin_client_id", Kind: engine.Text, Prompt: "Client ID"})
	d.waitFor("Client ID")
	d.says(steps.Gateway, "Gateway g-1")
	d.says(steps.Gateway, "gateway: READY")
	if strings.Contains(d.out.String(), "g-1") {
		t.Error("a background line came between")
	}
	d.types("abc\n")
	d.answer(c)
	d.waitFor("READY")
	if out := d.out.String(); strings.Index(out, "g-1") > strings.Index(out, "READY") {
		t.Error("the order changed")
	}
}

func TestTextFromAServerIsNeutralised(t *testing.T) {
	d := newDesk(t)
	d.says(steps.Gateway, "evil \x1b]0;title\x07\x1b[31mred \u202etxt\u0007")
	d.waitFor("evil")
	if strings.ContainsAny(d.out.String(), "\x1b\x07\u202e") {
		t.Errorf("written: %q", d.out.String())
	}
}
