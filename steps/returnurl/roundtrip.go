package returnurl

import (
	"context"
	"errors"
	"net/http"
	"time"

	"agentcore-3lo/callback"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/engine"
)

// roundTripLimit bounds the wait for a browser that may never come.
const roundTripLimit = 10 * time.Minute

// Choose takes the listener's port and finds out how a browser reaches
// it. Before the first yes, and where the return URL has changed since it was
// tried, the person may try that out.
func Choose(ctx context.Context, p engine.Person, w *awsenv.Environment, a *Address, b Browser) error {
	port, err := a.Hold(ctx, p, w)
	if err != nil {
		return err
	}
	o := a.Options()
	o.Complete = nothingPending
	l, err := port.Listen(ctx, o)
	if err != nil {
		return a.Unusable(port, err)
	}
	defer l.Close()
	a.describe(p)
	s := a.Run.Record()
	if a.Reached() || !s.Agreed.IsZero() && s.Settings.Reached == "" {
		return nil
	}
	if !b.Attended {
		return nil
	}
	return roundTrip(ctx, p, w, a, b, l)
}

// nothingPending completes no session: no consent has been asked for yet.
func nothingPending(context.Context, string) error { return errors.New("no consent is pending") }

func (a *Address) describe(p engine.Person) {
	s, f := a.Run.Record().Settings, a.forward
	fact := event.Fact{Label: "Return URL", Value: s.ReturnURL}
	switch {
	case s.ReturnURLGiven:
		fact.Note = "you gave it"
	case f.Environment != "":
		fact.Note = "found: " + f.Environment
	}
	p.Tell(fact)
	if f.Note != "" {
		p.Tell(event.Note{Text: f.Note})
	}
}

// roundTrip lets the person prove that their browser reaches the listener: it
// tests SSH, WSL, Studio and VPN by fact. It can be skipped.
func roundTrip(ctx context.Context, p engine.Person, w *awsenv.Environment, a *Address, b Browser, l *callback.Listener) error {
	link, arrived := l.RoundTrip()
	p.Tell(event.Link{Purpose: event.RoundTrip, URL: link})
	question := engine.Question{Name: "round_trip", Kind: engine.Menu, Default: "skip", Waits: true, Answers: "--yes",
		Help:    []string{"Open this link in the browser that you will use later.", "It proves that the browser reaches this machine."},
		Prompt:  "Waiting for the browser. Enter skips",
		Choices: []engine.Choice{{ID: "open", Label: "open it here"}, {ID: "skip", Label: "go on without"}}}
	// It stays with the question: once the browser has come, it is not so.
	if why, command := a.Distance(w, l.Port()); why != "" {
		ports := "the port is"
		if w.Sandbox {
			ports = "the ports of the listener and of the sandbox are"
		}
		question.Help = append(question.Help, why+", so your browser runs elsewhere. The link loads there only when "+ports+" forwarded. On that machine, run:", command)
	}
	asking, withdraw := context.WithTimeout(ctx, roundTripLimit)
	defer withdraw()
	for {
		answer := make(chan error, 1)
		var chosen engine.Answer
		go func() {
			var err error
			chosen, err = p.Ask(asking, question)
			answer <- err
		}()
		select {
		case <-arrived:
			withdraw()
			<-answer //nolint:errcheck // the withdrawal
			p.Tell(wire.Arrival{Kind: string(callback.ArrivalRoundTrip), Time: time.Now(), URL: a.Run.Record().Settings.ReturnURL, Status: http.StatusOK})
			p.Tell(event.Confirmed{Text: "Your browser reaches this listener."})
			return a.Run.Update(func(r *run.Record) { r.Settings.Reached = r.Settings.ReturnURL })
		case err := <-answer:
			if err != nil {
				return err
			}
		}
		if chosen != "open" {
			p.Tell(event.Note{Text: "Test skipped. If your browser's last page does not load, paste its address."})
			return nil
		}
		b.Show(p, link)
	}
}

// Browser opens pages for the person.
type Browser struct {
	Opener   func(string) error // nil = cannot, or must not
	Attended bool               // somebody is there to look at them
}

// Show opens a page in the person's browser, and says when it could not.
func (b Browser) Show(p engine.Person, link string) {
	said := "Handed to your browser."
	if b.Opener == nil {
		said = "No browser is opened from here; open the link yourself."
	} else if err := b.Opener(link); err != nil {
		said = "The browser did not open (" + err.Error() + "); open the link yourself."
	}
	p.Tell(event.Note{Text: said})
}
