package account

import (
	"context"
	"fmt"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/engine"
)

// signIn opens AWS and asks who is calling, with the terminal free for a
// credential process or an MFA prompt.
func (a *Account) signIn(ctx context.Context, p engine.Person) (w *awsenv.Environment, err error) {
	if a.SignIn.Borrow == nil || a.SignIn.World.Sandbox != nil {
		a.borrowed.Store(a.SignIn.Console != nil)
		defer a.borrowed.Store(false)
		if w, err = awsenv.Open(ctx, a.Options(ctx, p)); err == nil {
			err = identify(ctx, w)
		}
		return w, err
	}
	var calls []wire.Exchange // shown afterwards: nothing can be while the terminal is away
	a.SignIn.Borrow(ctx, "Asking AWS who is calling …", func() {
		a.borrowed.Store(true)
		defer a.borrowed.Store(false)
		quiet := awsenv.WithObserver(ctx, func(x wire.Exchange) { calls = append(calls, x) })
		if w, err = awsenv.Open(quiet, a.Options(ctx, p)); err == nil {
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
	return advice.Fail("asking AWS who is calling", w.Identify(ctx))
}

// MFAQuestion asks for the code that a profile needs.
func MFAQuestion(r awsenv.MFARequest) engine.Question {
	q := engine.Question{Name: "mfa_code", Kind: engine.Text, Prompt: fmt.Sprintf("Code of MFA device %s for AWS profile %s", text.CleanLine(r.Device), text.CleanLine(r.Profile)),
		Answers: "a person", Check: func(a engine.Answer) error { return awsenv.CheckMFACode(string(a)) }}
	if r.Problem != "" {
		q.Help = []string{r.Problem + "."}
	}
	return q
}

// mfa answers a profile that wants an MFA code.
func (a *Account) mfa(ctx context.Context, p engine.Person, r awsenv.MFARequest) (string, error) {
	switch {
	case a.SignIn.MFA == nil && p != nil:
		code, err := p.Ask(ctx, MFAQuestion(r))
		return string(code), err
	case a.SignIn.MFA != nil && a.borrowed.Load():
		return a.SignIn.MFA(r)
	}
	return "", awsenv.ErrMFASessionEnded
}

// console lends the terminal to a credential process while it is borrowed.
func (a *Account) console() *awsenv.Console {
	if a.SignIn.Console == nil || !a.borrowed.Load() {
		return nil
	}
	return a.SignIn.Console()
}

// helperSaid passes on what a credential process wrote on standard error.
func (a *Account) helperSaid(p engine.Person, profile, said string) {
	a.Log.Info("credential_process", "profile", profile, "stderr", said)
	if p != nil {
		p.Tell(event.Note{Text: HelperSaid(a.Redactor, profile, said)})
	}
}

// HelperSaid is what a credential process wrote on standard error, for a person.
func HelperSaid(secrets *text.Redactor, profile, said string) string {
	return fmt.Sprintf("The credential_process of profile %s says:\n%s", text.CleanLine(profile), text.Clean(secrets.Redact(said)))
}
