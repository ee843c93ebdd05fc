package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Console lets a credential process use the terminal, for example to ask for a
// code.
type Console struct {
	In  *os.File
	Err io.Writer // shows its standard error, neutralized and redacted
	// Stays says that its output remains on the screen.
	Stays bool
	// End takes the terminal back; nil = nothing to do.
	End func()
}

const (
	processLimit = time.Minute
	// processGrace is how long a helper's children, such as a background agent, may
	// keep its pipes open after it has ended.
	processGrace = time.Second
	maxOutput    = 1 << 20
	maxErrors    = 64 << 10
	maxLines     = 12
)

// helper runs the credential_process of a profile. The SDK's provider writes
// standard error to the terminal, repeats standard output in its errors, and waits
// for grandchildren longer than its limit (aws-sdk-go-v2,
// credentials/processcreds).
type helper struct {
	command string
	limit   time.Duration
	console func() *Console // nil, or returning nil = the terminal is in use
	said    func(string)    // gets its standard error, unless the user has seen it
	secrets func(...string) // gets the secrets, to redact them
}

func (c *chain) process(name string) aws.CredentialsProvider {
	command := c.files.profiles[name].values["credential_process"]
	way := Way{Provider: ProviderProcess, Profile: name, Subject: firstWord(command)}
	limit := c.o.ProcessLimit
	if limit == 0 {
		limit = processLimit
	}
	h := &helper{command: command, limit: limit, console: c.o.Console, secrets: c.o.Secrets, said: func(text string) {
		if c.o.HelperSaid != nil {
			c.o.HelperSaid(name, text)
		}
	}}
	return c.add(way, h, func(err error) *SignInError { return &SignInError{Cause: OtherSignIn, Err: err} })
}

// firstWord is the program of a command line; its arguments may contain a secret.
func firstWord(command string) string {
	if quoted, rest, ok := strings.Cut(strings.TrimPrefix(command, `"`), `"`); ok && strings.HasPrefix(command, `"`) && rest != command {
		return quoted
	}
	word, _, _ := strings.Cut(strings.TrimSpace(command), " ")
	return word
}

// Retrieve implements aws.CredentialsProvider. It never repeats standard output,
// which may contain a key.
func (h *helper) Retrieve(ctx context.Context) (aws.Credentials, error) {
	var errs bytes.Buffer
	out, shown, err := h.run(ctx, &errs)
	var found aws.Credentials
	if err == nil {
		found, err = parseHelper(out)
	}
	if h.secrets != nil { // they may be on both streams
		h.secrets(found.SecretAccessKey, found.SessionToken)
		if err != nil {
			h.secrets(suspicious.FindAllString(string(out), -1)...)
		}
	}
	said := lastLines(errs.String())
	var failed *SignInError
	switch {
	case said == "":
	case errors.As(err, &failed):
		failed.Err = errors.New(said)
	case err == nil && !shown:
		h.said(said)
	}
	return found, err
}

// suspicious matches text in a helper's output that could be a secret.
var suspicious = regexp.MustCompile(`[A-Za-z0-9+/=_-]{16,}`)

// lastLines is the end of a helper's standard error.
func lastLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-maxLines):], "\n")
}

// run returns standard output, and whether the user has seen standard error.
func (h *helper) run(ctx context.Context, complaints *bytes.Buffer) (output []byte, shown bool, err error) {
	limited, cancel := context.WithTimeout(ctx, h.limit)
	defer cancel()
	cmd := shellCommand(limited, h.command)
	cmd.WaitDelay = processGrace
	out, errs := &bounded{max: maxOutput, full: cancel}, &bounded{max: maxErrors}
	cmd.Stdout, cmd.Stderr = out, errs
	var lent *Console
	if h.console != nil {
		lent = h.console()
	}
	if lent != nil {
		if lent.End != nil {
			defer lent.End()
		}
		cmd.Stdin, cmd.Stderr, shown = lent.In, io.MultiWriter(errs, lent.Err), lent.Stays
	}
	err = runApart(cmd, lent)
	complaints.Write(errs.kept.Bytes())
	fails := func(cause Cause, what string) ([]byte, bool, error) {
		return out.kept.Bytes(), shown, &SignInError{Cause: cause, What: what}
	}
	var exit *exec.ExitError
	switch {
	case !out.exceeded && (err == nil || errors.Is(err, exec.ErrWaitDelay)):
		return out.kept.Bytes(), shown, nil
	case out.exceeded:
		return fails(ProcessOutput, fmt.Sprintf("the credential_process wrote more than %d KiB", maxOutput>>10))
	case ctx.Err() != nil:
		return nil, shown, ctx.Err()
	case limited.Err() != nil:
		return fails(ProcessSlow, fmt.Sprintf("the credential_process did not end within %s", h.limit))
	case errors.As(err, &exit) && notFound(exit.ExitCode()):
		return fails(ProcessMissing, "the program of the credential_process cannot be run: "+firstWord(h.command))
	case errors.As(err, &exit) && lent != nil && interrupted(exit):
		return nil, shown, context.Canceled
	case errors.As(err, &exit):
		return fails(ProcessFailed, "the credential_process ended with "+exit.Error())
	}
	return fails(ProcessMissing, "the credential_process cannot be started: "+withoutPath(err).Error())
}

// parseHelper reads the helper's answer (AWS SDKs and Tools reference, “Process
// credential provider”).
func parseHelper(out []byte) (aws.Credentials, error) {
	var answer struct {
		Version                                                           int
		AccessKeyId, SecretAccessKey, SessionToken, AccountId, Expiration *string
	}
	wrong := func(cause Cause, what string) (aws.Credentials, error) {
		return aws.Credentials{}, &SignInError{Cause: cause, What: what}
	}
	if len(bytes.TrimSpace(out)) == 0 {
		return wrong(ProcessNoise, "the credential_process wrote nothing on standard output")
	}
	var typed *json.UnmarshalTypeError
	switch err := json.Unmarshal(out, &answer); {
	case errors.As(err, &typed):
		return wrong(ProcessOutput, fmt.Sprintf("the credential_process answered with a wrong type of %s", orElse(typed.Field, "JSON value")))
	case err != nil:
		return wrong(ProcessNoise, "the output of the credential_process is not JSON")
	case answer.Version != 1:
		return wrong(ProcessOutput, fmt.Sprintf("the credential_process answered with Version %d instead of 1", answer.Version))
	case aws.ToString(answer.AccessKeyId) == "":
		return wrong(ProcessOutput, "the credential_process answered without AccessKeyId")
	case aws.ToString(answer.SecretAccessKey) == "":
		return wrong(ProcessOutput, "the credential_process answered without SecretAccessKey")
	}
	found := aws.Credentials{Source: "credential_process", AccessKeyID: *answer.AccessKeyId, SecretAccessKey: *answer.SecretAccessKey,
		SessionToken: aws.ToString(answer.SessionToken), AccountID: aws.ToString(answer.AccountId)}
	if answer.Expiration != nil {
		var err error
		if found.Expires, err = time.Parse(time.RFC3339, *answer.Expiration); err != nil {
			return wrong(ProcessOutput, "the credential_process answered with an Expiration that is not in the form 2026-01-31T12:00:00Z")
		}
		found.CanExpire = true
	}
	if found.Expired() {
		return wrong(ProcessExpired, "the credential_process answered with credentials that expired on "+found.Expires.UTC().Format(time.RFC3339))
	}
	return found, nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// bounded keeps the beginning of what is written to it. The buffer is not embedded,
// because io.Copy would then use its ReadFrom, which has no limit.
type bounded struct {
	kept     bytes.Buffer
	max      int
	exceeded bool
	full     func()
}

// Write never fails, so that the helper is not interrupted.
func (b *bounded) Write(p []byte) (int, error) {
	if room := b.max - b.kept.Len(); len(p) > room {
		b.kept.Write(p[:max(room, 0)])
		b.exceeded = true
		if b.full != nil {
			b.full()
		}
		return len(p), nil
	}
	return b.kept.Write(p)
}
