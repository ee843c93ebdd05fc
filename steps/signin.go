package steps

import (
	"context"
	"fmt"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
)

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
func (t *Task) mfa(ctx context.Context, r awsenv.MFARequest) (string, error) {
	switch {
	case t.Settings.MFA == nil && t.Person != nil:
		a, err := t.Ask(ctx, MFAQuestion(r))
		return string(a), err
	case t.Settings.MFA != nil && t.renewal.borrowed.Load():
		return t.Settings.MFA(r)
	}
	return "", awsenv.ErrMFASessionEnded
}

// console lends the terminal to a credential process while it is borrowed.
func (t *Task) console() *awsenv.Console {
	if t.Settings.Console == nil || !t.renewal.borrowed.Load() {
		return nil
	}
	return t.Settings.Console()
}

// helperSaid passes on what a credential process wrote on standard error.
func (t *Task) helperSaid(profile, said string) {
	t.Log.Info("credential_process", "profile", profile, "stderr", said)
	if t.Person != nil {
		t.say("%s", HelperSaid(t.Redactor, profile, said))
	}
}

// HelperSaid is what a credential process wrote on standard error, for a person.
func HelperSaid(secrets *text.Redactor, profile, said string) string {
	return fmt.Sprintf("The credential_process of profile %s says:\n%s", text.CleanLine(profile), text.Clean(secrets.Redact(said)))
}
