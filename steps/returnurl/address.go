// Package returnurl is about where AgentCore sends the browser at the end: the
// port that this process holds, and how a browser reaches it.
package returnurl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

// defaultPort is the tutorial's; portTries is how many after it are tried.
const (
	defaultPort = 9090
	portTries   = 400
)

// Address is the return URL of a run: the port that this process holds for the
// rest of its life, and how a browser reaches it.
type Address struct {
	Run      *run.Run
	Commands commandline.Writer
	Log      *slog.Logger
	Env      func(string) string
	Classify func(code string) callback.Refusal // what an error code of the vendor means
	Changes  []string                           // what the options of this command change, until it is told

	mu      sync.Mutex
	port    *callback.Port // nil until a step needs it
	forward awsenv.Forwarding
}

// Reached says that a browser of the person's has reached the return URL, so
// that nothing needs to be said of machines that it cannot reach.
func (a *Address) Reached() bool {
	s := a.Run.Record().Settings
	return s.ReturnURL != "" && s.ReturnURL == s.Reached
}

// Close lets go of the listener's port.
func (a *Address) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.port == nil {
		return nil
	}
	err := a.port.Close()
	a.port = nil
	return err
}

// Held says that this process holds the listener's port.
func (a *Address) Held() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.port != nil
}

// tellChanges says once what the options of this command change.
func (a *Address) tellChanges(p engine.Person) {
	a.mu.Lock()
	all := a.Changes
	a.Changes = nil
	a.mu.Unlock()
	for _, change := range all {
		p.Tell(event.Note{Text: change})
	}
}

// Options are how the listener is opened at the return URL.
func (a *Address) Options() callback.Options {
	return callback.Options{ReturnURL: a.Run.Record().Settings.ReturnURL, Forwarded: a.forward.Environment != "", Classify: a.Classify}
}

// Hold takes the port of the run, once for the life of the process, and records
// it with its return URL.
func (a *Address) Hold(ctx context.Context, p engine.Person, w *awsenv.Environment) (*callback.Port, error) {
	a.tellChanges(p)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.port != nil {
		return a.port, nil
	}
	forward := w.Forward(ctx, a.Env)
	s := a.Run.Record().Settings
	if s.ReturnURL != "" && !s.ReturnURLGiven && forward.Environment == "" && s.ReturnURL != forward.Base(s.Port)+callback.DefaultPath {
		s.ReturnURLGiven = true // an earlier version did not note that it was given
	}
	port, err := a.take(ctx, p, s, forward, w.Sandbox)
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
	err = a.Run.Update(func(r *run.Record) {
		r.Settings.Port, r.Settings.ReturnURL, r.Settings.ReturnURLGiven = number, s.ReturnURL, s.ReturnURLGiven
	})
	if err != nil {
		port.Close()
		return nil, err
	}
	a.port, a.forward = port, forward
	return port, nil
}

// take binds the run's port. Where it is taken, the next free one is used, unless
// somebody counts on this one: then no link may lead to whoever has it.
func (a *Address) take(ctx context.Context, p engine.Person, s run.Settings, forward awsenv.Forwarding, sandbox bool) (*callback.Port, error) {
	o := callback.PortOptions{AllInterfaces: forward.AllInterfaces, Sandbox: sandbox, Log: a.Log}
	wanted := cmp.Or(s.Port, defaultPort)
	first := "" // why the wanted port cannot be had
	for o.Port = wanted; ; o.Port++ {
		port, err := callback.Hold(ctx, o)
		if err == nil {
			if o.Port != wanted {
				p.Tell(event.Note{Text: fmt.Sprintf("The listener uses port %d, because %s. The return URL has the new port.", o.Port, first)})
			}
			return port, nil
		}
		var taken *callback.PortTakenError
		if reason := fixedPort(s); !errors.As(err, &taken) || reason != "" || o.Port == wanted+portTries {
			if reason != "" {
				err = fmt.Errorf("%w; this run uses no other port, because %s", err, reason)
			}
			return nil, advice.Problem{Doing: fmt.Sprintf("opening the listener on port %d", o.Port), Err: err, Next: a.otherPort(ctx, s, o)}
		}
		if first == "" { // which looks for the program that has it
			first = err.Error()
		}
	}
}

// fixedPort says why the run keeps its port; "" where the next free one is used.
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
func (a *Address) otherPort(ctx context.Context, s run.Settings, o callback.PortOptions) string {
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
	return "Stop the program that uses the port, or choose a free one" + hint + ": " + a.Commands.Line(words...)
}

// Unusable is the error of a return URL at which no listener can be opened.
func (a *Address) Unusable(port *callback.Port, err error) error {
	return advice.Problem{Doing: "opening the return URL", Err: err,
		Next: "Give another one: " + a.Commands.Line("walk", "--return-url", fmt.Sprintf("http://localhost:%d%s", port.Number(), callback.DefaultPath))}
}
