package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/consent"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/returnurl"
)

const (
	listenPort = 9090 // the tutorial's
	// listenLife is how long a named session is waited for: as long as AgentCore
	// keeps it, and some.
	listenLife = time.Hour
)

func newListenCommand(a *program) *cobra.Command {
	session := ""
	c := command(a, func(ctx context.Context, a *program) error {
		if err := runListen(ctx, a, session); err != nil {
			return a.failEarly(err)
		}
		return nil
	}, "listen", "Run only the callback listener (advanced)",
		"listen --run NAME", "listen --region us-east-1")
	c.Long = "Finishes session binding for a tool call that another program made, in place of the tutorial's\n" +
		"oauth2_callback_server.py. The token that made the call comes from AGENTCORE_3LO_BEARER, or by\n" +
		"POST /userIdentifier/token. With --run it uses the environment, port and return URL of that run."
	c.Flags().StringVar(&session, "session", "", "complete this session (URN) and no other")
	listenerFlags(a, c)
	return c
}

// runListen runs the callback listener alone: a drop-in for the tutorial's
// oauth2_callback_server.py. It starts no session itself, so it completes any
// well-formed one with the token it has, unless one session is named.
func runListen(ctx context.Context, a *program, session string) error {
	if err := a.check(); err != nil {
		return err
	}
	urn := session
	if session != "" {
		var err error
		if urn, _, err = callback.ParseRedirect(session); err != nil {
			return usage("--session: %v", err)
		}
	}
	slot := &tokenSlot{token: strings.TrimSpace(a.Env(steps.BearerVariable)), stored: make(chan struct{}, 1)}
	if strings.ContainsFunc(slot.token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return usage("%s holds more than an access token; set it to what %s token prints", steps.BearerVariable, shell.Program())
	}
	w, settings, done, err := listenEnvironment(ctx, a)
	if err != nil {
		return err
	}
	defer done()
	if settings, err = returnurl.ListenAt(settings, a.ReturnURL, a.Port); err != nil {
		return exitError{steps.ExitUsage, err}
	}
	forward := w.Forward(ctx, a.Env)
	port := cmp.Or(settings.Port, listenPort)
	if !settings.ReturnURLGiven {
		settings.ReturnURL = forward.Base(port) + callback.DefaultPath
	}
	held := callback.PortOptions{Port: port, AllInterfaces: forward.AllInterfaces, Sandbox: w.Sandbox}
	p, err := callback.Hold(ctx, held)
	if err != nil {
		return advice.Problem{Doing: "opening the listener", Err: err,
			Next: "Stop the program that uses the port. A walkthrough of the same run uses it, too, and completes its own sessions."}
	}
	defer p.Close()
	options := callback.Options{
		ReturnURL: settings.ReturnURL, Forwarded: forward.Environment != "",
		AcceptAny: session == "", Classify: steps.Vendor().Refusal,
		Complete: func(ctx context.Context, session string) error {
			token, err := slot.read()
			if err != nil {
				return err
			}
			return consent.Complete(ctx, w, session, token)
		},
	}
	if slot.token == "" { // with a token from the start nobody has to store one, or may
		options.StoreToken = slot.store
	}
	l, err := p.Listen(ctx, options)
	if err != nil {
		return err
	}
	defer l.Close()
	if session != "" {
		if err := l.Expect(urn, time.Now().Add(listenLife)); err != nil {
			return usage("--session: %v", err)
		}
	}
	out := newListenReport(a, slot)
	out.listening(l, w, forward.Note, session == "")
	for {
		select {
		case o := <-l.Outcomes():
			out.outcome(o)
		case arrival := <-l.Arrivals():
			out.arrival(arrival)
		case <-slot.stored:
			out.say("token", "A program on this machine stored a token.", nil)
		case <-ctx.Done():
			out.stopped()
			return nil
		}
	}
}

// listenEnvironment opens the services: those of the run that is named, else
// those that the flags name. Then credentials are needed only when a session is
// completed.
func listenEnvironment(ctx context.Context, a *program) (*awsenv.Environment, run.Settings, func(), error) {
	if a.Run != "" {
		s, err := a.openToRead(ctx, false, "listen")
		if err != nil {
			return nil, run.Settings{}, nil, err
		}
		scope, err := s.walk.Scope(ctx, nobody{})
		if err != nil {
			s.close()
			return nil, run.Settings{}, nil, err
		}
		return scope.AWS, s.walk.Run.Record().Settings, s.close, nil
	}
	store, err := a.store()
	if err != nil {
		return nil, run.Settings{}, nil, err
	}
	s := &opened{program: a, store: store}
	options, err := s.findEnvironment(ctx, &run.Record{Environment: a.chosen(ctx)})
	if err != nil {
		s.close()
		return nil, run.Settings{}, nil, err
	}
	if options.Sandbox == nil {
		a.askOnErr(ctx, &options, &text.Redactor{})
	}
	w, err := awsenv.Open(ctx, options)
	if errors.Is(err, awsenv.ErrNoRegion) {
		err = usage("no region is set; add --region, for example --region us-east-1, or --run NAME")
	}
	if err != nil {
		s.close()
		return nil, run.Settings{}, nil, err
	}
	return w, run.Settings{}, s.close, nil
}

// tokenSlot holds the one token that was stored last.
type tokenSlot struct {
	mu     sync.Mutex
	token  string
	stored chan struct{}
}

func (s *tokenSlot) store(token string) error {
	s.mu.Lock()
	s.token = token
	s.mu.Unlock()
	select {
	case s.stored <- struct{}{}:
	default: // the one before has not been told yet
	}
	return nil
}

func (s *tokenSlot) read() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == "" {
		return "", callback.ErrNoToken
	}
	return s.token, nil
}
