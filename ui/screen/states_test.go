package screen

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"agentcore-3lo/internal/picture"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// denyGateway answers as IAM's word is passed on by AgentCore.
func denyGateway(op string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
	if op != "bedrock-agentcore:CreateGateway" {
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
	r.box.Intercept(denyGateway)
	r.toPlan()
	r.Press("y")
	r.When("3 of 10 done", "step 5 asks you")
	r.Press("right", "right")
	r.When("4  Gateway", "◐")
	r.box.Release()
	text := r.When("✗ Failed while creating the gateway", "Why ", "AccessDeniedException", "enter try again")
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
	r.box.Intercept(nil)
	r.Press("enter")
	r.When("4 of 10 done")
}

// What fails at one step and can be mended at another one is a key away from
// it, and the way back is a walk's.
func TestTheKeyThatGoesToTheStepThatCanMendIt(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toLinkedIn()
	id, secret := r.box.ReadyApp()
	r.random = append(r.random, id)
	r.Press("n")
	r.Asks("? Client ID")
	r.Paste(id)
	r.Press("enter")
	r.Asks("? Primary Client Secret")
	r.Paste("not-the-secret")
	r.Press("enter")
	r.When("step 7 asks you")
	r.Press("right", "right")
	r.Asks("Register it for you?")
	r.Press("n")
	r.Asks("Enter when it is registered")
	r.Press("enter")
	r.When("8 of 10 done")
	r.Press("right", "right")
	r.When("9  Consent", "enter begin")
	r.Press("enter")
	r.Asks("Waiting for your browser")
	r.linkCopied()
	r.Press("s")
	r.When("✗ Failed while", "invalid_client", "g go to step 5, LinkedIn app, to fix it")
	r.everywhere("failure-mender", "")

	r.Press("g")
	r.When("5  LinkedIn app", "Fix it here: r does this step again.")
	r.Gone("to fix it")
	r.Press("g") // means nothing here
	r.When("5  LinkedIn app")
	r.Press("r")
	r.Asks("Asks for the client ID and secret again", "y do it again")
	r.Press("y")
	r.Asks("let the simulated person")
	r.Press("n")
	r.Asks("? Client ID")
	r.Paste(id)
	r.Press("enter")
	r.Asks("? Primary Client Secret")
	r.Paste(secret)
	r.Press("enter")
	r.When("8 of 10 done") // the new secret was handed over by itself
	r.Press("right", "right", "right", "right")
	r.When("9  Consent")
	r.Press("enter")
	r.Asks("Waiting for your browser")
	r.Press("s")
	r.toProfile()
}

// Another app makes what rests on it stale: the page says so, and why.
func TestAStalePageAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("s")
	r.toProfile()
	r.Press("left", "left", "left", "left", "left")
	r.When("5  LinkedIn app")
	r.Press("r")
	r.Asks("consent and invoke stale")
	r.Press("y")
	r.Asks("let the simulated person")
	r.Press("s")              // another app
	r.When("step 7 asks you") // it was handed over by itself
	r.Press("right", "right", "right", "right")
	r.When("9  Consent", "Stale: ", "enter renew")
	r.everywhere("stale", "")
	r.Press("left", "left")
	r.Asks("Register it for you?")
	r.Press("s")
	r.When("8 of 10 done")
	r.Press("right", "right")
	r.When("9  Consent", "enter renew")
	r.Press("enter")
	r.Asks("Waiting for your browser")
	r.Press("s")
	r.When("9 of 10 done")
	r.Press("right")
	r.When("Call the tool", "enter begin")
	r.Press("enter")
	r.Asks("What now?", "ana@example.com")
}

// on shows another machine on the same run, as when the person goes on from one
// to the other, in a terminal of its own.
func (r *rig) on(m engine.Machine) *rig {
	r.t.Helper()
	n := &rig{Terminal: &tty.Terminal{T: r.t, Over: make(chan struct{})}, t: r.t, box: r.box, kit: r.kit, random: r.random}
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	s, driver := n.screen(ctx, m)
	n.run(s, driver, 80, 24)
	return n
}

// run lets a program draw on the rig's terminal until it ends.
func (r *rig) run(first tea.Model, d *driver, width, height int) {
	r.t.Helper()
	r.Screen = picture.NewTerminal(width, height)
	_, _ = r.Screen.Write([]byte("\x1b[20h")) // as the tty's ONLCR would do
	pr, pw := io.Pipe()
	r.In = pw
	go func() { _, _ = io.Copy(pw, r.Screen.Answers()) }()
	r.prog = tea.NewProgram(first, tea.WithInput(pr), tea.WithOutput(r.Screen), tea.WithWindowSize(width, height), tea.WithColorProfile(colorprofile.ANSI),
		tea.WithoutSignalHandler(), tea.WithFPS(120), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	s, _ := first.(*Screen)
	r.play(s, d)
	r.t.Cleanup(func() {
		r.cancel()
		r.prog.Quit()
		select {
		case <-r.Over:
		case <-time.After(tty.Timeout):
			r.t.Error("the program does not end")
		}
		_ = pw.Close()
	})
}

// sized compares the screen at every size with the one that was looked at.
func (r *rig) sized(name string) {
	r.t.Helper()
	for _, size := range sizes {
		r.Screen.Resize(size[0], size[1])
		_, _ = r.Screen.Write([]byte("\x1b[2J")) // so that what is there was drawn at the new size
		r.prog.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		r.Until("its new size", func(text string) bool { // the last line has the keys
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
	r.random = append(r.random, r.made(provision.Domain)) // shown when the record has forgotten it
	r.kit.Settings.Yes = false
	cleanup, _ := steps.Find(steps.Cleanup)
	c := r.on(testkit.NewMachine(engine.Mode{Follow: true}, []steps.Step{cleanup}))
	c.Asks("Delete them?", "y yes", "user pool", "gateway")
	c.sized("cleanup-ask")
	c.Press("y")
	c.When("1 of 1 done", "gone ")
	c.sized("cleanup-done")
	c.Press("enter")
	if s := c.ends(); !s.m.Complete() {
		t.Errorf("not complete: %+v", s.m.Steps())
	}
}

// onFirstPage shows the first page, which offers these runs.
func onFirstPage(t *testing.T, byDefault engine.Answer, offers ...string) *rig {
	t.Helper()
	q := engine.Question{Kind: engine.Menu, Prompt: "Choose a run", Default: byDefault}
	for i, label := range offers {
		q.Choices = append(q.Choices, engine.Choice{ID: engine.Answer(fmt.Sprint(i + 1)), Label: label})
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &rig{Terminal: &tty.Terminal{T: t, Over: make(chan struct{})}, t: t, cancel: cancel,
		kit: testkit.NewWalk(run.Store{}, testkit.NewRecord("test", true))}
	page := &StartPage{send: func(m tea.Msg) { r.prog.Send(m) }}
	o := &opening{ctx: ctx, style: newStyles(true)}
	o.enter = func() (*Screen, error) {
		_, err := page.Ask(ctx, q)
		return nil, err
	}
	r.run(o, nil, 80, 24)
	return r
}

const (
	newInSandbox = "New run in the sandbox: no account, no network, nothing real"
	newInAWS     = "New run in AWS: your own account (profile dev, region eu-west-1)"
)

func TestTheFirstPageAtEverySize(t *testing.T) {
	r := onFirstPage(t, "1", newInSandbox, newInAWS)
	r.When("Choose a run", "▸ 1  New run in the sandbox", "2  New run in AWS", "(profile dev, region eu-west-1)")
	r.sized("opening")
	r.Press("q")
	r.ends()
}

func TestTheFirstPageWithRunsAtEverySize(t *testing.T) {
	r := onFirstPage(t, "1", "Resume 20260104-030405-5e6f (AWS account 111122223333, eu-west-1, unfinished)", "Resume demo (AWS account 111122223333, ap-southeast-2, unfinished)",
		"Resume 20260102-030405-1a2b (the sandbox, unfinished)", newInSandbox, newInAWS)
	r.When("▸ 1  Resume ", "demo", "4  New run in the sandbox", "5  New run in AWS")
	r.sized("opening-runs")
	r.Press("q")
	r.ends()
}
