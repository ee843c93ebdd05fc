package steps

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"agentcore-3lo/callback"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/record"
)

// CallbackPath is the path of the return URL, the tutorial's own.
const CallbackPath = "/oauth2/callback"

// defaultPort is the tutorial's; portTries is how many after it are tried.
const (
	defaultPort = 9090
	portTries   = 20
)

// listening is where the listener is, or will be.
type listening struct {
	mu        sync.Mutex
	port      int
	returnURL string
	forward   awsenv.Forwarding
}

// returnURL is the present one: chosen in this process, or the recorded one.
func (k *Kit) returnURL() string {
	k.ports.mu.Lock()
	defer k.ports.mu.Unlock()
	if k.ports.returnURL != "" {
		return k.ports.returnURL
	}
	return k.Record().Settings.ReturnURL
}

// chooseReturnURL finds a free port and how a browser reaches it. Before the
// first yes the person may try that out.
func (t *Task) chooseReturnURL(ctx context.Context, w *awsenv.Environment) error {
	l, err := t.listen(ctx, w, nothingPending)
	if err != nil {
		return err
	}
	defer l.Close()
	t.describeReturnURL()
	if t.Record().Agreed.IsZero() {
		return t.roundTrip(ctx, w, l)
	}
	return nil
}

func (t *Task) describeReturnURL() {
	f := t.ports.forward
	switch {
	case t.Settings.ReturnURL != "":
		t.say("Return URL: %s (you gave it)", t.returnURL())
	case f.Environment != "this machine":
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

// listen opens the listener on the run's port. Where it is taken, an explicit
// --port fails, and otherwise the next free one serves. The return URL follows
// the port and is recorded.
func (t *Task) listen(ctx context.Context, w *awsenv.Environment, complete func(context.Context, string) error) (*callback.Listener, error) {
	t.ports.mu.Lock()
	defer t.ports.mu.Unlock()
	known := t.Record()
	wanted, explicit := t.Settings.Port, t.Settings.Port != 0
	if !explicit {
		wanted = known.Settings.Port
	}
	if wanted == 0 {
		wanted = defaultPort
	}
	given := t.Settings.ReturnURL
	if given != "" {
		if err := CheckReturnURL(given); err != nil {
			return nil, Problem{Doing: "reading --return-url", Err: err, Exit: ExitUsage, Next: "Give the address at which a browser reaches this machine's listener, for example http://localhost:9090" + CallbackPath}
		}
	}
	for port := wanted; ; port++ {
		forward := awsenv.Forward(ctx, port, w.Config, t.Settings.Env)
		if w.Sandbox && forward.Environment == "SageMaker Studio" {
			forward.Note = "In Studio, give the sandbox's walk your space's address: --return-url https://<space>/proxy/" + fmt.Sprint(port) + CallbackPath
		}
		returnURL := forward.Base + CallbackPath
		if given != "" {
			returnURL = given
		}
		options := callback.Options{Port: port, Path: callbackPath(returnURL, forward), ReturnURL: returnURL, AllInterfaces: forward.AllInterfaces,
			Complete: complete, Earlier: t.earlierSession, Log: t.Log, Now: t.wall}
		if w.Sandbox {
			options.Banner = "SANDBOX"
		}
		l, err := callback.Listen(ctx, options)
		var taken *callback.PortTakenError
		if errors.As(err, &taken) && !explicit && port < wanted+portTries {
			continue
		}
		if err != nil {
			return nil, Problem{Doing: fmt.Sprintf("opening the listener on port %d", port), Err: err,
				Next: "Stop what uses the port, or choose another one: " + t.Command("walk", "--port", fmt.Sprint(port+1))}
		}
		if port != wanted {
			t.say("Port %d is taken, so the listener uses %d. The return URL follows.", wanted, port)
		}
		t.ports.port, t.ports.returnURL, t.ports.forward = port, returnURL, forward
		err = t.update(func(r *record.Record) { r.Settings.Port, r.Settings.ReturnURL = port, returnURL })
		if err != nil {
			l.Close()
			return nil, err
		}
		return l, nil
	}
}

// callbackPath is the path at which the listener itself sees the browser. A
// forwarding proxy takes its own prefix off.
func callbackPath(returnURL string, f awsenv.Forwarding) string {
	u, err := url.Parse(returnURL)
	if err != nil || f.Environment != "this machine" || u.Path == "" {
		return CallbackPath
	}
	return u.Path
}

// CheckReturnURL refuses what AgentCore would: 1 to 2048 characters, http or
// https, no fragment (RFC 6749, section 3.1.2).
func CheckReturnURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no URL", raw)
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.Fragment != "", u.User != nil, u.RawQuery != "", len(raw) > 2048:
		return fmt.Errorf("%q cannot be a return URL: http or https, a host, no query and no fragment", raw)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return fmt.Errorf("%q would carry the session unencrypted; use https off this machine", raw)
	}
	return nil
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
	if why, command := t.distance(w, l.Port()); why != "" {
		t.say("%s, so your browser runs elsewhere, and the link loads only once the ports are forwarded there:\n%s", why, command)
	}
	t.Tell(Note{URL: &URL{Purpose: PurposeRoundTrip, URL: link}})
	question := Question{Name: "round_trip", Kind: Menu, Default: "n", Waits: true, Answers: "--yes",
		Help:    []string{"Open this link in the browser that you will use later.", "It proves that the browser reaches this machine."},
		Prompt:  "Waiting for the browser. Enter skips",
		Choices: []Choice{{"o", "open it here"}, {"n", "go on without"}}}
	asking, withdraw := context.WithTimeout(ctx, roundTripLimit)
	defer withdraw()
	for {
		answer := make(chan error, 1)
		var a Answer
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
			return nil
		case err := <-answer:
			if err != nil {
				return err
			}
		}
		if a != "o" {
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
