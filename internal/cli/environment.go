package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// findEnvironment finds the run's environment. A run that the AWS configuration leads to a
// sandbox is that sandbox's.
func (s *opened) findEnvironment(ctx context.Context, r *run.Record) (awsenv.Options, error) {
	flags := s.program.awsOptions()
	o := flags
	o.Region, o.Profile, o.Endpoints = cmp.Or(o.Region, r.Environment.Region), cmp.Or(o.Profile, r.Environment.Profile), r.Environment.Endpoints
	if w := r.Environment; len(s.program.Faults) > 0 && (!w.Sandbox || w.SandboxURL != "") {
		return flags, s.program.faultElsewhere(w)
	}
	switch w := &r.Environment; {
	case w.SandboxURL != "":
		box, err := awsenv.FindSandbox(ctx, w.SandboxURL)
		if err != nil {
			return flags, s.noSandbox(ctx, r, err)
		}
		box.Configured = w.Configured
		flags.Sandbox = box
	case w.Sandbox:
		served, err := s.program.openSandbox()
		if err != nil {
			return flags, err
		}
		s.closers = append(s.closers, served.Close)
		s.ownSandbox = served.Own
		if err := s.rehearse(served); err != nil {
			return flags, err
		}
		if flags.Sandbox, err = awsenv.FindSandbox(ctx, served.Endpoint); err != nil {
			return flags, fmt.Errorf("open the sandbox at %s: %w", served.Endpoint, err)
		}
	default:
		flags.Pinned, o.Pinned = s.program.keepEndpoints, s.program.keepEndpoints
		if to, moved := movedTo(ctx, r, o); moved {
			return flags, refused(movedText(r, to), "Set AWS_ENDPOINT_URL and its relatives as they were, or begin another run: "+s.program.command("walk", "--new", "--aws"))
		}
		if flags.Sandbox = awsenv.ConfiguredSandbox(ctx, o); flags.Sandbox != nil {
			w.Sandbox, w.SandboxURL, w.Configured, w.Endpoints = true, flags.Sandbox.Endpoint, true, nil
		}
	}
	if box := flags.Sandbox; box != nil && !box.Configured && r.Environment.Region != "" {
		box.Region = r.Environment.Region
	}
	return flags, nil
}

// movedTo returns the endpoints to which the AWS configuration leads a run, and
// whether they are others than those where it began.
func movedTo(ctx context.Context, r *run.Record, o awsenv.Options) (map[string]string, bool) {
	if !r.Begun() {
		return nil, false
	}
	w, err := awsenv.Open(ctx, o)
	if err != nil { // it is explained where it is met again
		return nil, false
	}
	return w.Endpoints(), !maps.Equal(w.Endpoints(), r.Environment.Endpoints)
}

// movedText says that the AWS configuration leads elsewhere than where a run began.
func movedText(r *run.Record, to map[string]string) string {
	return fmt.Sprintf("run %s is in %s%s, and the AWS configuration leads to %s", r.Run, environment(r), at(r.Environment.Endpoints), strings.TrimPrefix(at(to), " at "))
}

// confirmEndpoints lets the person decide where a run goes on whose endpoints the AWS
// configuration has changed.
func (c *chooser) confirmEndpoints(ctx context.Context, r *run.Record) error {
	if r.Environment.Sandbox || !c.program.canAsk() {
		return nil
	}
	o := c.program.awsOptions()
	o.Region, o.Profile, o.Endpoints = cmp.Or(o.Region, r.Environment.Region), cmp.Or(o.Profile, r.Environment.Profile), r.Environment.Endpoints
	to, moved := movedTo(ctx, r, o)
	if !moved {
		return nil
	}
	q := engine.Question{Kind: engine.Menu, Prompt: "R" + strings.TrimPrefix(movedText(r, to), "r"), Default: "1"}
	offer(&q, "Resume it"+at(r.Environment.Endpoints), "")
	offer(&q, "Leave, to change the configuration or to begin another run", "")
	n, err := pick(ctx, c.page, q)
	c.program.keepEndpoints = n == 0
	return err
}

func at(endpoints map[string]string) string {
	if len(endpoints) == 0 {
		return " at AWS's own endpoints"
	}
	return " at " + steps.JoinEndpoints(endpoints)
}

// noSandbox says that the run's sandbox does not answer, and how to start it.
func (s *opened) noSandbox(ctx context.Context, r *run.Record, err error) error {
	p := advice.Problem{Doing: "joining the sandbox at " + r.Environment.SandboxURL, Err: err}
	u, parsed := url.Parse(r.Environment.SandboxURL)
	if parsed == nil {
		usual := "http://127.0.0.1:" + u.Port()
		if _, err := awsenv.FindSandbox(ctx, usual); err == nil {
			p.Next = "A sandbox answers at " + usual + ". Use this address: " + s.program.command("walk", "--sandbox-url", usual)
			return p
		}
	}
	if parsed == nil && !errors.Is(err, awsenv.ErrNotSandbox) {
		p.Next = "Start it in another terminal: " + commandline.Line(shell.Program(), "sandbox", "--port", u.Port()) + "\nThen: "
	} else {
		p.Next = "Check what answers there, and start the sandbox in its place. Then: "
	}
	p.Next += s.resume(r)
	return p
}

// resume is the command that goes on with the run.
func (s *opened) resume(r *run.Record) string {
	return steps.NextCommand(steps.New(steps.Settings{Program: shell.Program()}, run.Store{}, r, nil).Commands)
}

// remember writes the record before the first page, so that the run has its
// environment from then on. A run that was not agreed to is forgotten when the
// person leaves.
func (s *opened) remember() error {
	if r := s.walk.Run.Record(); r.Begun() {
		return nil
	}
	before, err := s.store.Load(s.walk.Run.Name())
	if err != nil {
		before = nil
	}
	if err := s.walk.Run.Keep(); err != nil {
		return err
	}
	s.closers = append(s.closers, func() {
		r := s.walk.Run.Record()
		switch {
		case r.Begun():
		case before != nil && !before.Unfinished(): // a run of that name that was cleaned up
			_ = s.store.Save(before)
		default:
			s.forgotten = s.store.Remove(r.Run) == nil
		}
	})
	return nil
}
