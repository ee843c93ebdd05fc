package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"agentcore-3lo/callback"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

// defaultPort is the tutorial's; portTries is how many after it are tried.
const (
	defaultPort = 9090
	portTries   = 400
)

// listening is the port that this process holds, and how a browser reaches it.
type listening struct {
	mu        sync.Mutex
	port      *callback.Port // nil until a step needs it
	returnURL string
	forward   awsenv.Forwarding
}

// returnURL is the present one: chosen in this process, or the recorded one.
func (k *Kit) returnURL() string {
	k.ports.mu.Lock()
	defer k.ports.mu.Unlock()
	return cmp.Or(k.ports.returnURL, k.Record().Settings.ReturnURL)
}

// reached says that a browser of the person's has reached the return URL, so
// that nothing needs to be said of machines that it cannot reach.
func (k *Kit) reached() bool {
	u := k.returnURL()
	return u != "" && u == k.Record().Settings.Reached
}

// Close lets go of the listener's port.
func (k *Kit) Close() error {
	k.ports.mu.Lock()
	defer k.ports.mu.Unlock()
	if k.ports.port == nil {
		return nil
	}
	err := k.ports.port.Close()
	k.ports.port = nil
	return err
}

// holdsPort says that this process holds the listener's port.
func (k *Kit) holdsPort() bool {
	k.ports.mu.Lock()
	defer k.ports.mu.Unlock()
	return k.ports.port != nil
}

// chooseReturnURL takes the listener's port and finds out how a browser reaches
// it. Before the first yes, and where the return URL has changed since it was
// tried, the person may try that out.
func (t *Task) chooseReturnURL(ctx context.Context, w *awsenv.Environment) error {
	l, err := t.listen(ctx, w, nothingPending)
	if err != nil {
		return err
	}
	defer l.Close()
	t.describeReturnURL()
	rec := t.Record()
	if t.reached() || !rec.Agreed.IsZero() && rec.Settings.Reached == "" {
		return nil
	}
	return t.roundTrip(ctx, w, l)
}

func (t *Task) describeReturnURL() {
	f := t.ports.forward
	switch {
	case t.Record().Settings.ReturnURLGiven:
		t.say("Return URL: %s (you gave it)", t.returnURL())
	case f.Environment != "":
		t.say("Return URL: %s (found: %s)", t.returnURL(), f.Environment)
	default:
		t.say("Return URL: %s", t.returnURL())
	}
	if f.Note != "" {
		t.say("%s", f.Note)
	}
}

// nothingPending completes no session: no consent has been asked for yet.
func nothingPending(context.Context, string) error { return errors.New("no consent is pending") }

// listen opens the return URL on the run's port until ctx ends.
func (t *Task) listen(ctx context.Context, w *awsenv.Environment, complete func(context.Context, string) error) (*callback.Listener, error) {
	t.tellChanges()
	port, err := t.holdPort(ctx, w)
	if err != nil {
		return nil, err
	}
	l, err := port.Listen(ctx, callback.Options{ReturnURL: t.returnURL(), Forwarded: t.ports.forward.Environment != "",
		Complete: complete, Classify: vendor.Refusal, Earlier: t.earlierSession, Now: t.wall})
	if err != nil {
		err = Problem{Doing: "opening the return URL", Err: err,
			Next: "Give another one: " + t.Command("walk", "--return-url", fmt.Sprintf("http://localhost:%d%s", port.Number(), callback.DefaultPath))}
	}
	return l, err
}

// holdPort takes the port of the run, once for the life of the process, and
// records it with its return URL.
func (t *Task) holdPort(ctx context.Context, w *awsenv.Environment) (*callback.Port, error) {
	t.ports.mu.Lock()
	defer t.ports.mu.Unlock()
	if t.ports.port != nil {
		return t.ports.port, nil
	}
	forward := w.Forward(ctx, t.Settings.Env)
	s := t.Record().Settings
	if s.ReturnURL != "" && !s.ReturnURLGiven && forward.Environment == "" && s.ReturnURL != forward.Base(s.Port)+callback.DefaultPath {
		s.ReturnURLGiven = true // an earlier version did not note that it was given
	}
	port, err := t.takePort(ctx, s, forward, w.Sandbox)
	if err != nil {
		return nil, err
	}
	number := port.Number()
	if !s.ReturnURLGiven {
		s.ReturnURL = forward.Base(number) + callback.DefaultPath
	}
	if w.Sandbox && forward.Environment == "SageMaker Studio" {
		forward.Note = "In Studio, give the sandbox's walk your space's address: --return-url https://<space>/proxy/" + fmt.Sprint(number) + callback.DefaultPath
	}
	err = t.update(func(r *run.Record) {
		r.Settings.Port, r.Settings.ReturnURL, r.Settings.ReturnURLGiven = number, s.ReturnURL, s.ReturnURLGiven
	})
	if err != nil {
		port.Close()
		return nil, err
	}
	t.ports.port, t.ports.returnURL, t.ports.forward = port, s.ReturnURL, forward
	return port, nil
}

// takePort binds the run's port. Where it is taken, the next free one serves,
// unless somebody counts on this one: then no link may lead to whoever has it.
func (t *Task) takePort(ctx context.Context, s run.Settings, forward awsenv.Forwarding, sandbox bool) (*callback.Port, error) {
	o := callback.PortOptions{AllInterfaces: forward.AllInterfaces, Sandbox: sandbox, Log: t.Log}
	wanted := cmp.Or(s.Port, defaultPort)
	first := "" // why the wanted port cannot be had
	for o.Port = wanted; ; o.Port++ {
		port, err := callback.Hold(ctx, o)
		if err == nil {
			if o.Port != wanted {
				t.say("The listener uses port %d, because %s. The return URL has the new port.", o.Port, first)
			}
			return port, nil
		}
		var taken *callback.PortTakenError
		if reason := fixedPort(s); !errors.As(err, &taken) || reason != "" || o.Port == wanted+portTries {
			if reason != "" {
				err = fmt.Errorf("%w; this run uses no other port, because %s", err, reason)
			}
			return nil, Problem{Doing: fmt.Sprintf("opening the listener on port %d", o.Port), Err: err, Next: t.otherPort(ctx, s, o)}
		}
		first = cmp.Or(first, err.Error())
	}
}

// fixedPort says why the run keeps its port; "" where the next free one serves.
func fixedPort(s run.Settings) string {
	switch {
	case s.ReturnURLGiven:
		return "you gave the return URL " + s.ReturnURL
	case s.PortGiven:
		return "you chose it"
	case s.Reached != "" && s.Reached == s.ReturnURL:
		return "your browser has reached it there"
	case s.RegisterReturnURL && s.Port != 0:
		return "its return URL is the one that is to be registered"
	}
	return ""
}

// otherPort says how the run can use a port that is free just now.
func (t *Task) otherPort(ctx context.Context, s run.Settings, o callback.PortOptions) string {
	free := 0
	for o.Port = max(o.Port+1, 1024); free == 0 && o.Port < 65536; o.Port++ {
		if port, err := callback.Hold(ctx, o); err == nil {
			free = o.Port
			port.Close()
		}
	}
	words := []string{"walk", "--port", fmt.Sprint(free)}
	hint := ""
	if u, err := callback.ParseReturnURL(s.ReturnURL); s.ReturnURLGiven && err == nil {
		if callback.ListeningPort(u) != 0 {
			words = []string{"walk", "--return-url", withPort(u, free)}
		} else {
			hint = fmt.Sprintf(" (and let %s forward to it)", u.Host)
		}
	}
	if s.RegisterReturnURL {
		words = append(words, "--register-return-url")
	}
	return "Stop the program that uses the port, or choose a free one" + hint + ": " + t.Command(words...)
}

// roundTripLimit bounds the wait for a browser that may never come.
const roundTripLimit = 10 * time.Minute

// roundTrip lets the person prove that their browser reaches the listener: it
// tests SSH, WSL, Studio and VPN by fact. It can be skipped.
func (t *Task) roundTrip(ctx context.Context, w *awsenv.Environment, l *callback.Listener) error {
	if t.Settings.Unattended || t.Settings.Yes {
		return nil
	}
	link, arrived := l.RoundTrip()
	t.Tell(URL{Purpose: PurposeRoundTrip, URL: link})
	question := engine.Question{Name: "round_trip", Kind: engine.Menu, Default: "skip", Waits: true, Answers: "--yes",
		Help:    []string{"Open this link in the browser that you will use later.", "It proves that the browser reaches this machine."},
		Prompt:  "Waiting for the browser. Enter skips",
		Choices: []engine.Choice{{ID: "open", Label: "open it here"}, {ID: "skip", Label: "go on without"}}}
	// It stays with the question: once the browser has come, it is not so.
	if why, command := t.distance(w, l.Port()); why != "" {
		question.Help = append(question.Help, why+", so your browser runs elsewhere, and the link loads only once the ports are forwarded there:", command)
	}
	asking, withdraw := context.WithTimeout(ctx, roundTripLimit)
	defer withdraw()
	for {
		answer := make(chan error, 1)
		var a engine.Answer
		go func() {
			var err error
			a, err = t.Ask(asking, question)
			answer <- err
		}()
		select {
		case <-arrived:
			withdraw()
			<-answer
			t.say("✓ Your browser reaches this listener.")
			return t.update(func(r *run.Record) { r.Settings.Reached = r.Settings.ReturnURL })
		case err := <-answer:
			if err != nil {
				return err
			}
		}
		if a != "open" {
			t.say("Skipped. If the browser cannot reach the listener later, you can paste its address instead.")
			return nil
		}
		t.open(link)
	}
}

// open shows a page in the person's browser, and says when it could not.
func (t *Task) open(link string) {
	if t.Settings.NoBrowser || t.Settings.OpenURL == nil {
		t.say("No browser is opened from here; open the link yourself.")
		return
	}
	if err := t.Settings.OpenURL(link); err != nil {
		t.say("The browser did not open (%v); open the link yourself.", err)
		return
	}
	t.say("Handed to your browser.")
}
