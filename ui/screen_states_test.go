package ui

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"agentcore-3lo/internal/picture"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// denyGateway answers as IAM's word is passed on by AgentCore.
func denyGateway(op string, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
	if op != "CreateGateway" {
		return false
	}
	w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
	w.Header().Set("X-Amzn-Requestid", "3f1c2f0a-0000-4000-8000-000000000000")
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": "User: arn:aws:iam::" + sandbox.Account + ":user/sandbox is not authorized to perform: bedrock-agentcore:CreateGateway on resource: arn:aws:bedrock-agentcore:" +
		sandbox.Region + ":" + sandbox.Account + ":gateway/*"})
	return true
}

func TestTheFourPartsOfAFailureAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"CreateGateway"}})
	r.intrude(denyGateway)
	r.toPlan()
	r.press("y")
	r.when("3 of 10 done", "step 5 asks you")
	r.press("right", "right")
	r.when("4  Gateway", "◐")
	r.release()
	text := r.when("✗ Failed while creating the gateway", "Why ", "AccessDeniedException", "enter try again")
	if strings.Contains(text, "to fix it") {
		t.Errorf("another step is offered:\n%s", text)
	}
	r.everywhere("failure", "")
	all := squeezed(strings.Join(r.read(), "\n"))
	for _, want := range []string{"Failed while creating the gateway", "Why", "is not authorized to perform", "CreateGateway, AccessDeniedException, request 3f1c2f0a",
		"Next", "Ask an administrator to allow", `"Action": "bedrock-agentcore:CreateGateway"`, "Log", "/state/logs/test.log"} {
		if !strings.Contains(all, squeezed(want)) {
			t.Errorf("%q cannot be read", want)
		}
	}
	r.intrude(nil)
	r.press("enter")
	r.when("4 of 10 done")
}

// What fails at one step and can be mended at another one is a key away from
// it, and the way back is a walk's.
func TestTheKeyThatGoesToTheStepThatCanMendIt(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toLinkedIn()
	id, secret := r.box.ReadyApp()
	r.random = append(r.random, id)
	r.press("n")
	r.asks("? Client ID")
	r.pasteText(id)
	r.press("enter")
	r.asks("? Primary Client Secret")
	r.pasteText("not-the-secret")
	r.press("enter")
	r.when("step 7 asks you")
	r.press("right", "right")
	r.asks("Register it for you?")
	r.press("n")
	r.asks("Enter when it is registered")
	r.press("enter")
	r.when("8 of 10 done")
	r.press("right", "right")
	r.when("9  Consent", "enter begin")
	r.press("enter")
	r.asks("Waiting for your browser")
	r.linkCopied()
	r.press("s")
	r.when("✗ Failed while", "invalid_client", "g go to step 5, LinkedIn app, to fix it")
	r.everywhere("failure-mender", "")

	r.press("g")
	r.when("5  LinkedIn app", "Mend it here: r does this step again.")
	r.gone("to fix it")
	r.press("g") // means nothing here
	r.when("5  LinkedIn app")
	r.press("r")
	r.asks("Asks for client id and secret again", "y do it again")
	r.press("y")
	r.asks("let the simulated person")
	r.press("n")
	r.asks("? Client ID")
	r.pasteText(id)
	r.press("enter")
	r.asks("? Primary Client Secret")
	r.pasteText(secret)
	r.press("enter")
	r.when("8 of 10 done") // the new secret was handed over by itself
	r.press("right", "right", "right", "right")
	r.when("9  Consent")
	r.press("enter")
	r.asks("Waiting for your browser")
	r.press("s")
	r.toProfile()
}

// Another app makes what rests on it stale: the page says so, and why.
func TestAStalePageAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.press("s")
	r.toProfile()
	r.press("left", "left", "left", "left", "left")
	r.when("5  LinkedIn app")
	r.press("r")
	r.asks("consent and invoke stale")
	r.press("y")
	r.asks("let the simulated person")
	r.press("s")              // another app
	r.when("step 7 asks you") // it was handed over by itself
	r.press("right", "right", "right", "right")
	r.when("9  Consent", "Stale: ", "enter renew")
	r.everywhere("stale", "")
	r.press("left", "left")
	r.asks("Register it for you?")
	r.press("s")
	r.when("8 of 10 done")
	r.press("right", "right")
	r.when("9  Consent", "enter renew")
	r.press("enter")
	r.asks("Waiting for your browser")
	r.press("s")
	r.when("9 of 10 done")
	r.press("right")
	r.when("Call the tool", "enter begin")
	r.press("enter")
	r.asks("What now?", "ana@example.com")
}

// on shows another machine on the same run, as when the person goes on from one
// to the other, in a terminal of its own.
func (r *rig) on(m engine.Machine) *rig {
	r.t.Helper()
	n := &rig{t: r.t, box: r.box, kit: r.kit, random: r.random, held: map[string]chan struct{}{}, over: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	n.runner = steps.NewRunner(n.kit, true)
	s := newScreen(ctx, n.kit, n.runner, m)
	s.open, s.copy = n.open, n.copy
	n.run(s, 80, 24)
	return n
}

// run lets a program draw on the rig's terminal until it ends.
func (r *rig) run(first tea.Model, width, height int) {
	r.t.Helper()
	r.term = picture.NewTerminal(width, height)
	_, _ = r.term.Write([]byte("\x1b[20h")) // as the tty's ONLCR would do
	pr, pw := io.Pipe()
	r.in = pw
	go func() { _, _ = io.Copy(pw, r.term.Answers()) }()
	r.prog = tea.NewProgram(first, tea.WithInput(pr), tea.WithOutput(r.term), tea.WithWindowSize(width, height), tea.WithColorProfile(colorprofile.ANSI),
		tea.WithoutSignalHandler(), tea.WithFPS(120), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	go func() {
		defer close(r.over)
		if s, ok := first.(*screen); ok {
			r.model, r.err = s, s.play(r.prog)
			return
		}
		_, r.err = r.prog.Run()
	}()
	r.t.Cleanup(func() {
		r.cancel()
		r.prog.Quit()
		select {
		case <-r.over:
		case <-time.After(patience):
			r.t.Error("the program does not end")
		}
		_ = pw.Close()
	})
}

// sized compares the screen at every size with the one that was looked at.
func (r *rig) sized(name string) {
	r.t.Helper()
	for _, size := range sizes {
		r.term.Resize(size[0], size[1])
		_, _ = r.term.Write([]byte("\x1b[2J")) // so that what is there was drawn at the new size
		r.prog.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		r.until("its new size", func(text string) bool { // the last line has the keys
			lines := strings.Split(text, "\n")
			return len(lines) == size[1] && lines[size[1]-1] != ""
		})
		r.golden(name)
	}
}

func TestTheCleanupAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{mode: engine.Mode{Follow: true}, settings: func(s *steps.Settings) { s.Yes = true }})
	if s := r.ends(); !s.m.Complete() {
		t.Fatalf("the walk is not complete: %+v", s.m.Failure())
	}
	r.random = append(r.random, r.made(steps.KindDomain)) // shown when the record has forgotten it
	r.kit.Settings.Yes = false
	c := r.on(steps.NewMachine(engine.Mode{Follow: true}, []steps.Step{cleanupStep()}, nil))
	c.asks("Delete them?", "y yes", "user pool", "gateway")
	c.sized("cleanup-ask")
	c.press("y")
	c.when("1 of 1 done", "gone ")
	c.sized("cleanup-done")
	c.press("enter")
	if s := c.ends(); !s.m.Complete() {
		t.Errorf("not complete: %+v", s.m.Steps())
	}
}

// onFirstPage shows the first page as somebody sees it who has this state
// folder, and a profile.
func onFirstPage(t *testing.T, home string) *rig {
	t.Helper()
	config := filepath.Join(home, "config")
	if err := os.WriteFile(config, []byte("[profile dev]\nregion = eu-west-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"AWS_PROFILE": "dev", "AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, "none"),
		"AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	env := map[string]string{"AGENTCORE_3LO_HOME": home}
	a := &App{Options: Options{Pace: "auto"}, Terminal: &Terminal{Out: io.Discard, Err: io.Discard, Attended: true, Fancy: true, Width: 80}, Env: func(name string) string { return env[name] }}
	ctx, cancel := context.WithCancel(t.Context())
	r := &rig{t: t, kit: steps.NewKit(steps.Settings{}, run.Store{}, steps.NewRecord("test", true), nil), held: map[string]chan struct{}{}, over: make(chan struct{}), cancel: cancel}
	front := &screenLobby{send: func(m tea.Msg) { r.prog.Send(m) }}
	o := &opening{ctx: ctx, found: make(chan entered, 1), style: newStyles(true)}
	o.enter = func() (*session, error) { return a.enter(ctx, front, true) }
	r.run(o, 80, 24)
	return r
}

func TestTheFirstPageAtEverySize(t *testing.T) {
	r := onFirstPage(t, t.TempDir())
	r.when("Choose a run", "▸ 1  New run in the sandbox", "2  New run in AWS", "(profile dev, region eu-west-1)")
	r.sized("opening")
	r.press("q")
	r.ends()
}

func TestTheFirstPageWithRunsAtEverySize(t *testing.T) {
	home := t.TempDir()
	store := run.Store{Dir: home}
	for i, run := range []run.Environment{{Sandbox: true}, {Account: sandbox.Account, Region: "ap-southeast-2"}, {Account: sandbox.Account, Region: "eu-west-1"}} {
		at := time.Date(2026, 1, 2+i, 3, 4, 5, 0, time.UTC)
		x := steps.NewRecord([]string{"20260102-030405-1a2b", "demo", "20260104-030405-5e6f"}[i], run.Sandbox)
		x.Environment, x.Created, x.Agreed = run, at, at
		if err := store.Save(x); err != nil {
			t.Fatal(err)
		}
	}
	r := onFirstPage(t, home)
	r.when("▸ 1  Resume ", "demo", "4  New run in the sandbox", "5  New run in AWS")
	r.sized("opening-runs")
	r.press("q")
	r.ends()
}
