package follow

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
)

// rig is the program in an emulated terminal, and the journal that it follows.
type rig struct {
	*tty.Terminal
	t       *testing.T
	store   run.Store
	journal *run.Journal
	prog    *tea.Program
	model   *model
}

func start(t *testing.T, width, height int, change func(*Options)) *rig {
	t.Helper()
	notes, err := steps.Notes(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	store := run.Store{Dir: t.TempDir()}
	if err := store.Save(testkit.NewRecord("demo", true)); err != nil {
		t.Fatal(err)
	}
	r := &rig{Terminal: &tty.Terminal{T: t, Over: make(chan struct{})}, t: t, store: store, journal: store.Journal("demo")}
	o := Options{Store: store, Run: "demo", Place: "SANDBOX", Notes: notes}
	if change != nil {
		change(&o)
	}
	keys := r.Open(width, height)
	r.model = newModel(o)
	r.prog = tea.NewProgram(r.model, tea.WithContext(t.Context()), tea.WithInput(keys), tea.WithOutput(r.Screen), tea.WithWindowSize(width, height),
		tea.WithColorProfile(colorprofile.ANSI), tea.WithoutSignalHandler(), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	go func() {
		defer close(r.Over)
		_, r.Err = r.prog.Run()
	}()
	t.Cleanup(func() {
		r.prog.Kill()
		<-r.Over
	})
	return r
}

// happens appends to the journal.
func (r *rig) happens(step, kind string, body any) {
	r.t.Helper()
	raw, err := json.Marshal(body)
	if err == nil {
		err = r.journal.Append(run.Entry{Time: time.Now().UTC(), Step: step, Attempt: 1, Kind: kind, Body: raw})
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// consent is a run that waits for the browser.
func (r *rig) consent(left time.Duration) {
	r.t.Helper()
	r.happens("consent", steps.PageKind, steps.Page{Step: steps.Consent, Enter: "open the link in your browser", Stage: true})
	r.happens("consent", "started", nil)
	r.happens("consent", "exchange", wire.Exchange{From: wire.Program, To: wire.Gateway, Service: "gateway", Operation: "tools/call", Status: 200, Started: time.Now(),
		Response: wire.Message{Body: `{"jsonrpc":"2.0","id":1,"error":{"code":-32042}}`}})
	r.happens("consent", "link", map[string]any{"purpose": "consent", "expires": time.Now().Add(left)})
}

func TestItFollowsTheWalkthrough(t *testing.T) {
	t.Parallel()
	r := start(t, 80, 24, nil)
	r.When("Following demo, SANDBOX", "Waiting for the walkthrough")
	r.happens("linkedin", "started", nil)
	r.happens("linkedin", "question", map[string]any{"name": "app", "kind": "menu", "choices": []map[string]string{{"id": "simulate", "label": "let the simulated person do it"}}, "default": "simulate"})
	r.When("5  LinkedIn app", "next: 6 Credential provider", "Enter will   let the simulated person do it", "Waiting for  your answer, app", "have one ready")
	r.consent(9 * time.Minute)
	r.When("9  Consent", "next: 10 Call the tool", ", on stage", "Enter will   open the link in your browser", "Waiting for  your browser, link expires in 8:5", "who decides here", "200 -32042", "on this page 0:0")
	r.happens("consent", "arrival", wire.Arrival{Kind: "known", Time: time.Now()})
	r.When("GET /oauth2/callback")
	r.Gone("link expires")
	r.happens("consent", "finished", nil)
	r.happens("invoke", steps.PageKind, steps.Page{Step: steps.Invoke})
	r.When("10  Call the tool", "nothing: no question is open")
	r.Press("q")
	select {
	case <-r.Over:
	case <-time.After(tty.Timeout):
		t.Fatal("q does not leave")
	}
}

func TestNotesScrollAndTheKeysAreListed(t *testing.T) {
	t.Parallel()
	r := start(t, 50, 20, nil)
	r.consent(time.Minute)
	first := r.When("who decides here", "q leave")
	if strings.Contains(first, "A link works once") {
		t.Skip("the notes fit")
	}
	r.Press("space", "space", "space")
	r.When("gets a new one")
	r.Press("home")
	r.When("who decides here")
	r.Press("?")
	r.When("a page further", "does anything to the walkthrough")
	r.Press("esc")
	r.When("who decides here")
}

// Nothing is written where nothing changes, and one small write a second while a clock
// runs.
func TestItIsQuiet(t *testing.T) {
	t.Parallel()
	r := start(t, 80, 24, nil)
	r.When("Waiting for the walkthrough")
	r.Still()
	time.Sleep(300 * time.Millisecond)
	before, minute := r.Screen.Written(), time.Now().Minute()
	time.Sleep(2 * time.Second)
	if n := r.Screen.Written() - before; n > 0 && time.Now().Minute() == minute {
		t.Errorf("%d bytes while nothing happens", n)
	}
	r.consent(9 * time.Minute)
	r.When("9  Consent", "link expires in 8:5")
	time.Sleep(700 * time.Millisecond)
	r.Still()
	began := time.Now()
	before = r.Screen.Written()
	time.Sleep(3 * time.Second)
	n, took := r.Screen.Written()-before, time.Since(began)
	if n == 0 || n > int(took.Seconds()+1)*120 {
		t.Errorf("%d bytes in %v of a countdown", n, took)
	}
}

func TestAHostileOrCutJournalIsFollowed(t *testing.T) {
	t.Parallel()
	evil := "\x1b]0;owned\x07\x1b[2J\u202eabc"
	r := start(t, 80, 24, func(o *Options) { o.Place = evil })
	r.happens(evil, "question", map[string]any{"name": evil, "kind": "menu", "choices": []map[string]string{{"id": "x", "label": evil}}})
	r.consent(time.Minute)
	r.happens("consent", "progress", map[string]string{"what": evil, "state": evil})
	r.happens("consent", steps.PageKind, steps.Page{Step: steps.Consent, Enter: evil})
	r.happens("consent", "exchange", wire.Exchange{Service: evil, Operation: evil, Status: 500, Started: time.Now()})
	text := r.When("9  Consent", "␛]0;owned␇")
	if r.Screen.Title() == "owned" || strings.Contains(text, "\u202e") {
		t.Errorf("the terminal obeyed: %q\n%s", r.Screen.Title(), text)
	}
	path := r.store.JournalPath("demo")
	raw, err := os.ReadFile(path)
	if err == nil { // the process was killed while writing a line
		err = os.WriteFile(path, append(raw, `{"time":"2026-11-26T12:00:00Z","step":"inv`...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	next := r.store.Journal("demo")
	if err := next.Append(run.Entry{Time: time.Now(), Step: "invoke", Kind: steps.PageKind, Body: json.RawMessage(`{"step":"invoke"}`)}); err != nil {
		t.Fatal(err)
	}
	r.When("10  Call the tool")
}

func TestAnotherJournalAndNoJournalAreFollowed(t *testing.T) {
	t.Parallel()
	r := start(t, 80, 24, nil)
	r.consent(time.Minute)
	r.When("9  Consent")
	raw := fmt.Sprintf(`{"time":%q,"step":"inbound","kind":"page","body":{"step":"inbound"}}`+"\n", time.Now().UTC().Format(time.RFC3339))
	if err := os.WriteFile(r.store.JournalPath("demo"), []byte(raw), 0o600); err != nil {
		t.Fatal(err)
	}
	r.When("3  Inbound: Cognito")
}

// Every size is drawn, and in ASCII where the terminal has nothing else.
func TestEverySizeIsDrawn(t *testing.T) {
	t.Parallel()
	r := start(t, 80, 24, func(o *Options) { o.ASCII = true })
	r.consent(9 * time.Minute)
	r.When("9  Consent")
	for _, size := range [][2]int{{200, 60}, {120, 36}, {50, 20}, {30, 10}, {1, 1}} {
		r.Screen.Resize(size[0], size[1])
		r.prog.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		text := r.Still()
		if size[0] >= 50 && (!strings.Contains(text, "Enter will") || !strings.Contains(text, "q leave")) {
			t.Errorf("at %v:\n%s", size, text)
		}
		if strings.ContainsFunc(text, func(c rune) bool { return c > '~' }) {
			t.Errorf("not ASCII at %v:\n%s", size, text)
		}
	}
}
