package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// tellingWaits tells on the error stream of an answer that is long in coming, for
// a command that runs no step.
func (s *opened) tellingWaits(ctx context.Context) context.Context {
	return awsenv.WithWaiting(ctx, s.walk.Settings.TellAfter, func(service, operation string) {
		fmt.Fprintf(s.program.Terminal.Err, "… %s %s: waiting for the answer\n", service, operation)
	})
}

// openToRead opens a run for a command that changes nothing at the services. locking keeps
// other processes off the run if none works on it, so that its record can be
// brought up to date.
func (a *program) openToRead(ctx context.Context, locking bool, command ...string) (*opened, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	store, r, err := a.existing(ctx, command...)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, a.noRun()
	}
	if command[0] != "status" {
		if err := a.checkUsable(r); err != nil {
			return nil, err
		}
	}
	s, err := a.open(ctx, store, r, nil, locking)
	var held *run.HeldError
	if errors.As(err, &held) {
		s, err = a.open(ctx, store, r, nil, false)
	}
	if err != nil {
		return nil, err
	}
	if a.attended() {
		s.walk.Settings.MFA = func(r awsenv.MFARequest) (string, error) { return askMFAOnErr(ctx, a.Terminal, r) }
	}
	return s, nil
}

const reportLimit = 2 * time.Minute

// nobody is the person of a command that only reports: nobody.
type nobody struct{ out io.Writer }

func (q nobody) Ask(_ context.Context, question engine.Question) (engine.Answer, error) {
	return "", engine.NeedsPerson{Questions: []engine.Question{question}}
}

func (q nobody) Tell(body any) {
	if n, ok := body.(event.Note); ok && q.out != nil {
		fmt.Fprint(q.out, ui.Note(n.Text, ui.Measure))
	}
}
