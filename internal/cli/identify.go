package cli

import (
	"context"
	"strings"
	"sync/atomic"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/ui/plain"
	"agentcore-3lo/ui/terminal"
)

// identity is an environment that had to be asked who calls before a run was
// chosen.
type identity struct {
	place   *awsenv.Environment
	calls   []wire.Exchange
	said    []string // by credential processes, redacted
	secrets []string
}

// awsOptions are what this command says of AWS.
func (o flags) awsOptions() awsenv.Options {
	return awsenv.Options{Region: o.Region, Profile: o.Profile, IMDS: o.IMDS}
}

// awsNames is what environment and configuration files say of AWS, without
// resolving anything.
func awsNames(ctx context.Context) string {
	profile, region := awsenv.Names(ctx)
	var names []string
	if profile != "" {
		names = append(names, "profile "+profile)
	}
	if region != "" {
		names = append(names, "region "+region)
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// identify opens AWS and asks who is calling. An error is left for the step that
// meets it again and explains it.
func (c *chooser) identify(ctx context.Context, o awsenv.Options) *identity {
	found := &identity{place: &awsenv.Environment{}}
	var free atomic.Bool
	secrets := &text.Redactor{}
	o.Secrets = func(all ...string) {
		secrets.Add(all...)
		found.secrets = append(found.secrets, all...)
	}
	o.HelperSaid = func(profile, said string) {
		found.said = append(found.said, account.HelperSaid(secrets, profile, said))
	}
	if c.program.attended() {
		o.Console = func() *awsenv.Console {
			if !free.Load() {
				return nil
			}
			return c.program.console(secrets, c.page)
		}
		o.MFA = func(r awsenv.MFARequest) (string, error) {
			if !free.Load() {
				return "", awsenv.ErrMFASessionEnded
			}
			return askMFA(ctx, c.program.Terminal, r)
		}
	}
	c.page.Release(ctx, "Asking AWS who is calling …", func() {
		free.Store(true)
		defer free.Store(false)
		ctx := awsenv.WithObserver(ctx, func(x wire.Exchange) { found.calls = append(found.calls, x) })
		w, err := awsenv.Open(ctx, o)
		if err == nil {
			_ = w.Identify(ctx)
		}
		if w != nil {
			found.place = w
		}
	})
	if ctx.Err() != nil { // the work may not have ended
		return &identity{place: &awsenv.Environment{}}
	}
	return found
}

// askMFA asks in plain lines.
func askMFA(ctx context.Context, t *terminal.Terminal, r awsenv.MFARequest) (string, error) {
	code, err := plain.New(t, false).Put(ctx, account.MFAQuestion(r))
	return string(code), err
}
