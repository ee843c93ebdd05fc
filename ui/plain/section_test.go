package plain

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/lesson"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/terminal"
)

// listener hears a walk that works ahead, at a front end where nobody answers yet.
func listener(t *testing.T) *typist {
	t.Helper()
	y := newTypist(t)
	y.out.Reset()
	return y
}

// hearsOf gives the front end the bodies of a step, one after the other.
func (y *typist) hearsOf(id engine.ID, bodies ...any) {
	for _, body := range bodies {
		y.hears(engine.Event{Step: id, Body: body})
	}
}

// asks puts the question of a step, as the asker does once the event is shown.
func (y *typist) asks(id engine.ID, q engine.Question) {
	y.hearsOf(id, engine.Asked{Question: q})
	go func() { _, _ = y.plain.Put(y.t.Context(), q) }()
	synctest.Wait()
}

// Steps run side by side, and each is told below its own heading: a question comes
// below that of its step, and the step that was being told of reports in one line.
func TestAQuestionIsBelowTheHeadingOfItsStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := listener(t)
		y.hearsOf(steps.Gateway, engine.Go{}, event.Fact{Label: "Role", Value: "r-1"})
		y.hearsOf(steps.App, engine.Go{}, event.Note{Text: "The portal is open."})
		y.asks(steps.App, engine.Question{Name: "linkedin_client_id", Kind: engine.Text, Prompt: "Client ID"})
		y.hearsOf(steps.Gateway, wire.Exchange{Service: "IAM", Operation: "CreateRole", Status: 200}, event.Fact{Label: "Gateway", Value: "g-1"}, event.Progress{What: "gateway", State: "CREATING"}, engine.Finished{})
		synctest.Wait()
		want := "\nStep 4 of 10: Gateway\nRole: r-1\nStep 4 goes on in the background.\n" +
			"\nStep 5 of 10: LinkedIn app\nThe portal is open.\n\nClient ID: "
		if got := y.out.String(); got != want {
			t.Errorf("it wrote\n%s\nwant\n%s", got, want)
		}
		y.out.Reset()
		y.typed <- "abc"
		synctest.Wait()
		y.hearsOf(steps.App, engine.Answered{}, event.Fact{Label: "Client ID", Value: "abc"}, engine.Finished{})
		synctest.Wait()
		want = "Step 4 of 10, Gateway, is done. Gateway: g-1.\nClient ID: abc\nStep 5 is done.\n"
		if got := y.out.String(); got != want {
			t.Errorf("then\n%s\nwant\n%s", got, want)
		}
	})
}

// When the step that is being told of ends, those that began meanwhile follow, and
// one that still runs is taken up again.
func TestStepsAreToldOneAfterTheOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := listener(t)
		y.hearsOf(steps.App, engine.Go{}, event.Note{Text: "app"})
		y.hearsOf(steps.Gateway, engine.Go{}, event.Note{Text: "gateway 1"})
		y.hearsOf(steps.App, engine.Finished{})
		y.hearsOf(steps.Provider, engine.Go{}, event.Note{Text: "provider"})
		y.asks(steps.Provider, engine.Question{Name: "q", Kind: engine.Pause, Default: engine.Yes, Prompt: "Enter"})
		y.typed <- ""
		synctest.Wait()
		y.hearsOf(steps.Gateway, event.Note{Text: "gateway 2"})
		y.hearsOf(steps.Provider, engine.Answered{}, engine.Finished{})
		y.hearsOf(steps.Gateway, engine.Finished{})
		synctest.Wait()
		want := "\nStep 5 of 10: LinkedIn app\napp\nStep 5 is done.\n\nStep 4 of 10: Gateway\ngateway 1\nStep 4 goes on in the background.\n" +
			"\nStep 6 of 10: Credential provider\nprovider\n\nEnter: Step 6 is done.\n\nBack to step 4 of 10: Gateway\ngateway 2\nStep 4 is done.\n"
		if got := y.out.String(); got != want {
			t.Errorf("it wrote\n%s\nwant\n%s", got, want)
		}
	})
}

// Every choice has the word to type, and it is listed once, until it is asked for.
func TestChoicesAreListedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := listener(t)
		q := engine.Question{Name: "consent", Kind: engine.Menu, Waits: true, Prompt: "Waiting for your browser. Choose", Choices: []engine.Choice{{ID: "open", Label: "open it"}, {ID: "decline", Label: "decline"}}}
		answers := make(chan engine.Answer)
		put := func() {
			go func() {
				a, _ := y.plain.Put(t.Context(), q)
				answers <- a
			}()
			synctest.Wait()
		}
		const list = "Choices: open (open it), decline\n"
		put()
		if got := y.out.String(); got != "\nWaiting for your browser. Choose.\n"+list+"Choice [wait]: " {
			t.Errorf("first %q", got)
		}
		y.out.Reset()
		y.typed <- "" // the default: nothing but waiting
		synctest.Wait()
		y.typed <- "open"
		if a := <-answers; a != "open" || y.out.String() != "Still waiting.\nChoice [wait]: " {
			t.Errorf("%q after %q", a, y.out.String())
		}
		y.out.Reset()
		put()
		y.typed <- "?"
		synctest.Wait()
		y.typed <- "d"
		const again = "Choice (? lists them) [wait]: "
		if a := <-answers; a != "decline" || y.out.String() != again+list+again {
			t.Errorf("%q after %q", a, y.out.String())
		}
	})
}

func TestDefaultsAreShown(t *testing.T) {
	t.Parallel()
	for want, q := range map[string]engine.Question{
		"Create? Yes or no [yes]: ": {Kind: engine.Confirm, Prompt: "Create?", Default: engine.Yes},
		"Delete? Yes or no: ":       {Kind: engine.Confirm, Prompt: "Delete?"},
		"AWS region [us-east-1]: ":  {Kind: engine.Text, Prompt: "AWS region", Default: "us-east-1"},
		"Secret (not shown): ":      {Kind: engine.Text, Prompt: "Secret", Secret: true},
		"Choice [keep]: ":           {Kind: engine.Menu, Prompt: "What now?", Default: "keep"},
		"Done?: ":                   {Kind: engine.Pause, Prompt: "Done?", Default: engine.Yes},
	} {
		if got := prompt(q, 80); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// drawn are the characters that a screen reader spells out or leaves out.
const drawn = "─│┌└┐┘├┤┬┴╭╰╮╯━┈▶◀▲▼→←…✓✗⚠•·"

// Lessons are read aloud: nothing in them is drawn, and no word is broken.
func TestLessonsAreSentences(t *testing.T) {
	t.Parallel()
	cleanup, _ := steps.Find(steps.Cleanup)
	for _, s := range append(steps.Tutorial(), cleanup) {
		for _, b := range s.Lesson() {
			if b.Diagram != "" && b.Words == "" {
				t.Errorf("a diagram of %s has no words", s.ID)
			}
		}
		for _, width := range []int{50, 80} {
			for name, text := range map[string]string{"lesson": lessonText(s.Lesson(), width), "lead": lead(s.Lesson(), width)} {
				if strings.ContainsAny(text, drawn) {
					t.Errorf("the %s of %s is drawn:\n%s", name, s.ID, text)
				}
				for line := range strings.Lines(text) {
					if line = strings.TrimSpace(line); len([]rune(line)) > width && strings.Contains(line, " ") {
						t.Errorf("%s at %d: %q", s.ID, width, line)
					}
				}
			}
		}
	}
	if got := lead(lesson.Lesson{{Text: "Do this:"}, {Steps: []string{"a"}}, {Text: "more"}}, 80); got != "Do this:\n1. a\n" {
		t.Errorf("the lead is %q", got)
	}
}

// What happens is told in words, without glyphs and without words that are broken.
func TestNothingIsDrawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := listener(t)
		y.plain.terminal = &terminal.Terminal{In: y.plain.terminal.In, Out: y.out, Err: y.out, Width: 60}
		address := "https://bedrock-agentcore.us-east-1.amazonaws.com/identities/oauth2/authorize?request_uri=urn%3Aietf%3Aparams"
		y.hearsOf(steps.Consent, engine.Go{})
		for _, body := range []any{
			wire.Exchange{Service: "gateway", Operation: "tools/call", Status: 200, Took: time.Second},
			event.Link{Purpose: event.Consent, URL: address, Host: "bedrock-agentcore.us-east-1.amazonaws.com", Expires: time.Now(), Warnings: []string{"the port is unusual"}},
			event.Confirmed{Text: "Consent is given."}, event.Warning{Text: "The domain is new."}, event.Progress{What: "the listener is up; waiting for the browser"},
			event.Diagnosis{Cause: "another machine", Remedy: "forward the port"}, event.Result{Tool: "t", RequestID: "r", Profile: map[string]any{"name": "Ana Example", "picture": address}},
			event.List{Heading: "Will be deleted", Items: []string{"user pool p"}},
			steps.Plan{Sandbox: true, Time: "About 2 minutes.", Cost: "Nothing."},
		} {
			y.plain.Tell(steps.Consent, body)
		}
		got := y.out.String()
		if strings.ContainsAny(got, drawn) {
			t.Errorf("something is drawn:\n%s", got)
		}
		for _, want := range []string{"\n" + address + "\n", "Warning. Check this link: The port is unusual.", "Warning: The domain is new.", "\nConsent is given.\n", "\nname: Ana Example\n", "\npicture: " + address + "\n", "\nThe listener is up; waiting for the browser.\n"} {
			if !strings.Contains(got, want) {
				t.Errorf("it does not say %q:\n%s", want, got)
			}
		}
	})
}
