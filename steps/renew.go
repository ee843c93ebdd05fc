package steps

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/engine"
)

// expired says that the credentials were good and no longer are.
func expired(err error) bool {
	var signIn *awsenv.SignInError
	if errors.As(err, &signIn) {
		return signIn.Renewable()
	}
	return errors.Is(err, awsenv.ErrMFASessionEnded) || advice.Expired(err)
}

// renewal is one for all steps of a run: the person is asked once.
type renewal struct {
	turn     chan struct{} // holds one token: whoever has it asks
	last     time.Time
	borrowed atomic.Bool // the terminal is free for a credential process or an MFA prompt
}

// renewed asks the person to renew expired credentials. Without an error, what
// failed since it began is worth repeating.
func (t *Task) renewed(ctx context.Context, began time.Time, why error) error {
	select {
	case t.renewal.turn <- struct{}{}:
		defer func() { <-t.renewal.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if t.renewal.last.After(began) {
		return nil // another step has asked meanwhile
	}
	for {
		if _, err := t.Ask(ctx, t.renewalQuestion(why)); err != nil {
			return err
		}
		if why = t.reconnect(ctx); why != nil {
			t.say("Not yet: %s", text.CleanLine(t.Explain(t.Step, why).Why.Message))
			continue
		}
		t.renewal.last = time.Now()
		t.say("✓ The credentials are good again.")
		return nil
	}
}

// renewalQuestion says what the credentials lack, and how to renew them.
func (t *Task) renewalQuestion(why error) engine.Question {
	q := engine.Question{Name: "credentials", Kind: engine.Pause, Default: engine.Yes, Answers: "a person",
		Prompt: "Your AWS credentials have expired. Enter when they are renewed",
		Help: []string{"In another terminal: " + advice.SignIn(t.profile()) + ".",
			"Keys from environment variables cannot be renewed from outside: leave, set new ones and start again; it goes on where it stopped."}}
	var signIn *awsenv.SignInError
	if errors.As(why, &signIn) {
		f := t.Explain(t.Step, why)
		q.Prompt, q.Help = "Enter when you have signed in", strings.Split(f.Why.Message+"\n"+advice.WithoutResume(f.Next), "\n")
	}
	return q
}

// openWorld opens AWS and asks who is calling, with the terminal free for a
// credential process or an MFA prompt.
func (t *Task) openWorld(ctx context.Context) (w *awsenv.Environment, err error) {
	if t.Settings.Borrow == nil || t.Settings.World.Sandbox != nil {
		t.renewal.borrowed.Store(t.Settings.Console != nil)
		defer t.renewal.borrowed.Store(false)
		if w, err = awsenv.Open(ctx, t.worldOptions(ctx)); err == nil {
			err = identify(ctx, w)
		}
		return w, err
	}
	var calls []wire.Exchange // shown afterwards: nothing can be while the terminal is away
	t.Settings.Borrow(ctx, "Asking AWS who is calling …", func() {
		t.renewal.borrowed.Store(true)
		defer t.renewal.borrowed.Store(false)
		quiet := awsenv.WithObserver(ctx, func(x wire.Exchange) { calls = append(calls, x) })
		if w, err = awsenv.Open(quiet, t.worldOptions(ctx)); err == nil {
			err = identify(quiet, w)
		}
	})
	if ctx.Err() != nil { // the work may not have ended
		return nil, context.Cause(ctx)
	}
	for _, x := range calls {
		awsenv.Report(ctx, x)
	}
	return w, err
}

func identify(ctx context.Context, w *awsenv.Environment) error {
	return fail("asking AWS who is calling", w.Identify(ctx))
}
