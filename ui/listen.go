package ui

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"agentcore-3lo/callback"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/steps"
)

// listenPort is the tutorial's. listenLife is how long a named session is
// waited for: as long as AgentCore keeps it, and some.
const (
	listenPort = 9090
	listenLife = time.Hour
)

// Listen serves the callback listener alone: a drop-in for the tutorial's
// oauth2_callback_server.py. It starts no session itself, so it completes any
// well-formed one with the token it was given, unless one session is named.
func (a *App) Listen(ctx context.Context, session string) error {
	if err := a.check(); err != nil {
		return err
	}
	if session != "" {
		if _, _, err := callback.ParseRedirect(session); err != nil {
			return usage("--session: %v", err)
		}
	}
	w, done, err := a.listenWorld(ctx)
	if err != nil {
		return err
	}
	defer done()
	port := a.Port
	if port == 0 {
		port = listenPort
	}
	forward := awsenv.Forward(ctx, port, w.Config, a.Env)
	returnURL := forward.Base + steps.CallbackPath
	if a.ReturnURL != "" {
		returnURL = a.ReturnURL
	}
	var slot tokenSlot
	options := callback.Options{
		Port: port, Path: steps.CallbackPath, ReturnURL: returnURL, AllInterfaces: forward.AllInterfaces,
		AcceptAny:  session == "",
		StoreToken: slot.store,
		Complete: func(ctx context.Context, session string) error {
			token, err := slot.read()
			if err != nil {
				return err
			}
			return steps.Complete(ctx, w, session, token)
		},
	}
	if w.Sandbox {
		options.Banner = "SANDBOX"
	}
	l, err := callback.Listen(ctx, options)
	if err != nil {
		return fmt.Errorf("open the listener on port %d: %w", port, err)
	}
	defer l.Close()
	out := a.Terminal.Out
	fmt.Fprintf(out, "Listening. Return URL: %s\nRegion: %s\n", returnURL, w.Region)
	if forward.Note != "" {
		fmt.Fprintln(out, forward.Note)
	}
	if session == "" {
		fmt.Fprintln(out, "This listener starts no session itself, so it completes any well-formed one with the token stored last.\nRestrict it with --session URN. Ctrl-C stops it.")
	} else {
		if err := l.Expect(session, time.Now().Add(listenLife)); err != nil {
			return usage("--session: %v", err)
		}
		fmt.Fprintln(out, "Only the session you named is completed. Ctrl-C stops it.")
	}
	for {
		select {
		case o := <-l.Outcomes():
			if o.Err != nil {
				fmt.Fprintf(out, "A session could not be bound: %v\n", o.Err)
				continue
			}
			fmt.Fprintln(out, "✓ A session was bound to the stored token's user.")
		case <-ctx.Done():
			fmt.Fprintln(out, "Stopped.")
			return nil
		}
	}
}

// listenWorld opens the services. Credentials are needed only when a session
// is completed.
func (a *App) listenWorld(ctx context.Context) (*awsenv.Environment, func(), error) {
	options, done := awsenv.Options{Region: a.Region, Profile: a.Profile, IMDS: a.IMDS}, func() {}
	if a.Sandbox {
		s, err := a.openSandbox()
		if err != nil {
			return nil, nil, err
		}
		options.Sandbox, done = &s.World, s.Close
	}
	w, err := awsenv.Open(ctx, options)
	if errors.Is(err, awsenv.ErrNoRegion) {
		err = usage("no region is set; add --region, for example --region us-east-1")
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return w, done, nil
}

// tokenSlot holds the one token that was stored last.
type tokenSlot struct {
	mu    sync.Mutex
	token string
}

func (s *tokenSlot) store(token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
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
