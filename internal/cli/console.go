package cli

import (
	"context"
	"fmt"
	"io"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/ui/terminal"
)

// console lends the terminal to a credential process; nil where it is not free.
// With plain lines, what the helper shows there remains visible; with a full
// screen or NDJSON it is told again.
func (a *program) console(secrets *text.Redactor, l asker) *awsenv.Console {
	file, give, ok := a.Terminal.In.Lend()
	if !ok {
		return nil
	}
	out := a.Terminal.Err
	_, plain := l.(plainLines)
	if !plain {
		out = a.Terminal.Out // the screen is away, and the error stream is kept until it ends
	}
	return &awsenv.Console{In: file, Err: &helperOutput{out, secrets}, Stays: plain && !a.JSON, End: give}
}

// askOnErr lets a command that only reports sign in: what it has to ask or to tell
// goes to the error stream.
func (a *program) askOnErr(ctx context.Context, o *awsenv.Options, secrets *text.Redactor) {
	o.Secrets = secrets.Add
	o.HelperSaid = func(profile, said string) { fmt.Fprintln(a.Terminal.Err, account.HelperSaid(secrets, profile, said)) }
	if a.attended() {
		o.MFA = func(r awsenv.MFARequest) (string, error) { return askMFAOnErr(ctx, a.Terminal, r) }
		o.Console = func() *awsenv.Console { return a.console(secrets, plainLines{a.Terminal}) }
	}
}

// askMFAOnErr asks on the error stream: standard output is the report's.
func askMFAOnErr(ctx context.Context, t *terminal.Terminal, r awsenv.MFARequest) (string, error) {
	aside := *t
	aside.Out = aside.Err
	return askMFA(ctx, &aside, r)
}

// helperOutput shows another program's text as it comes, neutralised and redacted.
type helperOutput struct {
	out     io.Writer
	secrets *text.Redactor
}

func (f *helperOutput) Write(p []byte) (int, error) {
	_, err := io.WriteString(f.out, text.Clean(f.secrets.Redact(string(p))))
	return len(p), err
}
