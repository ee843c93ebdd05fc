package screen

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

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

// What fails at one step and can be fixed at another one is a key away from it, and
// another key leads back.
func TestEnterGoesToTheFixAndLeadsBack(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toApp()
	id, secret := r.box.ReadyApp()
	r.random = append(r.random, id)
	r.Press("n")
	r.Asks("fill in")
	r.Press("enter")
	r.credentials(id, "not-the-secret")
	r.turn(7)
	r.Press("right", "right")
	r.Asks("Register the callback URL", "let the simulated person")
	r.Press("i")
	r.When("8 of 10 done")
	r.Press("right", "right")
	r.Asks("ask the gateway for a link")
	r.Press("enter")
	r.Asks("waiting for your browser", "╭ Your turn")
	r.Press("i")
	r.When("9  ✗ Failed while", "invalid_client", "go to step 5")
	r.everywhere("failure-with-fix")

	r.Press("enter")
	r.Asks("Create your LinkedIn app", "let the simulated person")
	r.Press("n")
	r.Asks("fill in")
	r.Press("enter")
	r.credentials(id, secret)
	r.When("Fixed", "back to step 9", "8 of 10 done")
	r.Press("enter")
	r.Asks("Give your consent", "waiting for your browser", "╭ Your turn")
	r.Press("i")
	r.toProfile()
}

func yes(s *steps.Settings) { s.Yes = true }

// cleanup is the machine of the cleanup.
func cleanup() engine.Machine {
	step, _ := steps.Find(steps.Cleanup)
	return testkit.NewMachine(engine.Mode{Follow: true}, []steps.Step{step})
}

// on shows another machine on the same run, as when the person goes on from one
// to the other, in a terminal of its own.
func (r *rig) on(m engine.Machine) *rig {
	r.t.Helper()
	n := &rig{Terminal: &tty.Terminal{T: r.t, Over: make(chan struct{})}, t: r.t, box: r.box, walk: r.walk, random: r.random}
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	s, driver := n.screen(ctx, m)
	n.run(s, driver, 80, 24)
	return n
}

// run lets a program draw on the rig's terminal until it ends.
func (r *rig) run(first tea.Model, d *driver, width, height int) {
	r.t.Helper()
	keys, sized := r.Open(width, height), make(chan struct{})
	var once sync.Once
	filter := func(m tea.Model, msg tea.Msg) tea.Msg {
		if _, is := msg.(tea.WindowSizeMsg); is {
			once.Do(func() { close(sized) })
		}
		return answerViews(m, msg)
	}
	r.prog = tea.NewProgram(first, tea.WithFilter(filter), tea.WithInput(keys), tea.WithOutput(r.Screen), tea.WithWindowSize(width, height), tea.WithColorProfile(colorprofile.ANSI),
		tea.WithoutSignalHandler(), tea.WithFPS(120), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	s, _ := first.(*Screen)
	r.play(s, d)
	select { // the library sends the first size beside the rest, even after one of the test's
	case <-sized:
	case <-time.After(tty.Timeout):
		r.t.Fatal("the program is not told its size")
	}
	r.t.Cleanup(func() {
		r.cancel()
		r.prog.Quit()
		select {
		case <-r.Over:
		case <-time.After(tty.Timeout):
			r.t.Error("the program does not end")
		}
	})
}
