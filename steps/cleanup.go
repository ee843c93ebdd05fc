package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/token"
	"agentcore-3lo/steps/engine"
)

// cleaning undoes a run.
type cleaning struct {
	scope    scopes
	run      *run.Run
	tokens   *token.Source
	commands commandline.Writer
	portal   func() string
	left     func([]provision.Left) // takes note of what could not be removed
}

// do deletes what exists of the run, and proves that it is gone.
func (x cleaning) do(ctx context.Context, p engine.Person) error {
	x.left(nil)
	s, err := x.scope(ctx, p)
	if err != nil {
		rec := x.run.Record()
		x.left(provision.LeftOf(&rec, "it could not be checked: "+provision.Reason(err)))
		return err
	}
	s.Memory.Forget()
	found := provision.Look(ctx, s)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(found.Standing) == 0 {
		if found.Err != nil {
			return x.unfinished(p, found, nil)
		}
		p.Tell(event.Note{Text: "Nothing of run " + x.run.Name() + " is left to delete."})
		return x.cleaned(p, s)
	}
	if err := x.agree(ctx, p, found); err != nil {
		return err
	}
	if err := x.run.Update(func(r *run.Record) { r.Cleaning = time.Now().UTC() }); err != nil {
		return err
	}
	failures := provision.DeleteAll(ctx, s, found)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// The proof: everything is looked up once more.
	proof := provision.Look(ctx, s)
	for _, f := range found.Standing {
		if !proof.Has(f.Kind) && !proof.Unsure(f.Kind) {
			p.Tell(event.Change{Kind: f.Kind, Name: f.Name, ID: f.ID, Found: event.Deleted})
		}
	}
	if len(proof.Standing) == 0 && proof.Err == nil {
		return x.cleaned(p, s)
	}
	// What could not be verified at first was not deleted, and may be why the rest
	// could not be: it is the cause to tell.
	proof.Err = cmp.Or(found.Err, failures.First(), proof.Err)
	return x.unfinished(p, proof, failures)
}

// agree lists what will be deleted and asks for the yes.
func (x cleaning) agree(ctx context.Context, p engine.Person, found provision.Inventory) error {
	p.Tell(event.List{Heading: "Will be deleted", Items: listed(found.Made())})
	if given := x.run.Record().Settings.RoleARN; given != "" && !found.Includes(given) {
		p.Tell(event.Note{Text: "Will not be touched: your own role " + given})
	}
	a, err := p.Ask(ctx, cleanupQuestion())
	if err == nil && a != engine.Yes {
		err = advice.Problem{Doing: "asking for your yes", Err: advice.Declined("you did not agree; nothing was deleted"), Next: "Whenever you like: " + x.commands.Line("cleanup")}
	}
	return err
}

// unfinished lists what is left or could not be verified, each with its reason.
func (x cleaning) unfinished(p engine.Person, now provision.Inventory, failures provision.Failures) error {
	left := provision.Remaining(now, failures)
	x.left(left)
	for _, l := range left {
		p.Tell(event.Change{Kind: l.Kind, Name: l.Name, ID: l.ID, Found: event.Left, Reason: l.Reason})
	}
	doing := fmt.Sprintf("deleting what run %s created (%d left)", x.run.Name(), len(left))
	if now.Err != nil {
		return advice.Fail(doing, now.Err)
	}
	return advice.Problem{Doing: "deleting what run " + x.run.Name() + " created", Err: errors.New("still there: " + text.Count(len(left), "resource")),
		Next: "Wait a minute, then: " + x.commands.Line("cleanup")}
}

func cleanupQuestion() engine.Question {
	return engine.Question{Name: "cleanup", Kind: engine.Confirm, Prompt: "Delete them?", Answers: "--yes", Yes: true}
}

// cleaned closes the record and says what no API of ours removes.
func (x cleaning) cleaned(p engine.Person, s provision.Scope) error {
	x.left(nil)
	x.tokens.Forget()
	if s.AWS.Sandbox {
		p.Tell(event.Note{Text: "The app stays in the sandbox's portal. To see it, start the sandbox:\n" + commandline.Line(x.commands.Program, "sandbox")})
	} else {
		p.Tell(event.List{Heading: "What stays at " + vendor.Name + " is yours to remove", Items: []string{
			"the app and its redirect URL: " + x.portal(), "the permission you gave the app: " + vendor.Permissions}})
	}
	return x.run.Update(func(r *run.Record) {
		r.Cleaned = time.Now().UTC()
		r.Cleaning = time.Time{}
		r.Resources, r.Consent, r.SecretAsked = []run.Resource{}, run.Consent{}, false
		clear(r.Steps)
	})
}

func listed(all []provision.Made) []string {
	var lines []string
	for _, x := range all {
		line := provision.Title(x.Kind) + " " + x.Name
		if x.ID != "" && x.ID != x.Name {
			line += " (" + x.ID + ")"
		}
		lines = append(lines, line)
	}
	return lines
}
