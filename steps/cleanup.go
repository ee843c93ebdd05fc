package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
)

func cleanupStep() Step {
	return Step{ID: Cleanup, Title: "Clean up", Foreground: true,
		Does: "deletes everything in reverse order and verifies the deletion",
		Asks: []string{"cleanup"},
		Run:  cleanup,
	}
}

func cleanup(ctx context.Context, t *Task) error {
	t.left = nil
	w, err := t.connect(ctx)
	if err != nil {
		t.read(func(r *run.Record) { t.left = LeftOf(r, "it could not be checked: "+reason(err, t.Redactor)) })
		return err
	}
	found := t.survey(ctx, w)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(found.standing) == 0 {
		if found.err != nil {
			return t.unfinished(found, nil)
		}
		t.say("Nothing of run %s is left to delete.", t.Names.Run)
		return t.cleaned(w)
	}
	t.say("Will be deleted:\n%s", listed(found.standing))
	if given := t.Record().Settings.RoleARN; given != "" && !found.includes(given) {
		t.say("Will not be touched: your own role %s", given)
	}
	a, err := t.Ask(ctx, cleanupQuestion())
	if err != nil {
		return err
	}
	if a != engine.Yes {
		return Problem{Doing: "asking for your yes", Err: saidNo("you did not agree; nothing was deleted"), Next: "Whenever you like: " + t.Command("cleanup")}
	}
	if err := t.update(func(r *run.Record) { r.Cleaning = time.Now().UTC() }); err != nil {
		return err
	}
	failures := t.undo(ctx, w, found)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// The proof: everything is looked up once more.
	proof := t.survey(ctx, w)
	for _, x := range found.standing {
		if !proof.has(x.Kind) && !proof.unsure(x.Kind) {
			t.say("gone   %s %s", strings.ReplaceAll(x.Kind, "_", " "), x.Name)
		}
	}
	if len(proof.standing) == 0 && proof.err == nil {
		return t.cleaned(w)
	}
	// What could not be verified at first was not deleted, and may be why the rest
	// could not be: it is the cause to tell.
	proof.err = cmp.Or(found.err, failures.first(), proof.err)
	return t.unfinished(proof, failures)
}

// unfinished lists what is left or could not be verified, each with its reason.
func (t *Task) unfinished(s survey, failures failures) error {
	t.left = nil
	for _, x := range s.standing {
		t.left = append(t.left, Left{x.Kind, x.Name, x.ID, t.whyLeft(x.Kind, failures)})
	}
	for _, x := range s.unread { // what was found as well is there for sure
		if !slices.ContainsFunc(t.left, func(l Left) bool { return l.Kind == x.Kind && l.ID == x.ID }) {
			t.left = append(t.left, x)
		}
	}
	for _, x := range t.left {
		t.say("LEFT   %s %s: %s", strings.ReplaceAll(x.Kind, "_", " "), x.Name, x.Reason)
	}
	if s.err != nil {
		return fail(fmt.Sprintf("deleting what run %s created (%d left)", t.Names.Run, len(t.left)), s.err)
	}
	return Problem{Doing: "deleting what run " + t.Names.Run + " created", Err: fmt.Errorf("%d resources still exist", len(t.left)),
		Next: "Wait a minute, then: " + t.Command("cleanup")}
}

// failures are why kinds could not be deleted.
type failures map[string]obstacle

// obstacle is an error, and what it has to do with what it kept from deletion.
type obstacle struct {
	because string // "" = the error came of deleting that very thing
	err     error
}

// first is the error to tell, in the order of deletion.
func (f failures) first() error {
	for _, kind := range []string{KindTarget, KindGateway, KindProvider, KindRole, KindUserPool} {
		if f[kind].err != nil {
			return f[kind].err
		}
	}
	return nil
}

// whyLeft is the reason in a few words. A pool's children go with it.
func (t *Task) whyLeft(kind string, failures failures) string {
	switch o := failures[kind]; {
	case o.err != nil:
		return o.because + reason(o.err, t.Redactor)
	case kind == KindDomain || kind == KindResourceServer || kind == KindClient:
		return "it is deleted with its user pool"
	}
	return "it still exists"
}

// reason is an error as code and message.
func reason(err error, r *text.Redactor) string {
	w := why(err)
	return text.CleanLine(r.Redact(strings.TrimPrefix(w.Code+": "+w.Message, ": ")))
}

func cleanupQuestion() engine.Question {
	return engine.Question{Name: "cleanup", Kind: engine.Confirm, Prompt: "Delete them?", Answers: "--yes", Yes: true}
}

// cleaned closes the record and says what no API of ours removes.
func (t *Task) cleaned(w *awsenv.Environment) error {
	t.left = nil
	t.forgetBearer()
	if w.Sandbox {
		t.say("What stays in the sandbox's portal is the app with its redirect URL: %s", t.portal())
	} else {
		t.say("What stays at %s is yours to remove:\n- the app and its redirect URL: %s\n- the permission you gave the app: %s",
			vendor.Name, t.portal(), vendor.Permissions)
	}
	return t.update(func(r *run.Record) {
		r.Cleaned = time.Now().UTC()
		r.Cleaning = time.Time{}
		r.Resources, r.Consent, r.SecretAsked = []run.Resource{}, run.Consent{}, false
		clear(r.Steps)
	})
}

// undo deletes in reverse: the AgentCore half with the role, and Cognito's,
// side by side. A failure of one does not stop the other.
func (t *Task) undo(ctx context.Context, w *awsenv.Environment, found survey) failures {
	var wg sync.WaitGroup
	var pools error
	wg.Go(func() {
		for _, x := range found.standing {
			if x.Kind == KindUserPool {
				err := t.guarded(func() error { return t.removePool(ctx, w, x.ID) })
				pools = errors.Join(pools, fail("deleting the user pool", err))
			}
		}
	})
	failed := failures{}
	wg.Go(func() {
		if err := t.guarded(func() error { t.undoAgentCore(ctx, w, found, failed); return nil }); err != nil {
			failed[KindGateway] = obstacle{err: err}
		}
	})
	wg.Wait()
	if pools != nil {
		failed[KindUserPool] = obstacle{err: pools}
	}
	return failed
}

// undoAgentCore deletes from the target inwards. What may still be used is kept:
// without its role a gateway could not be deleted any more.
func (t *Task) undoAgentCore(ctx context.Context, w *awsenv.Environment, found survey, failed failures) {
	for _, x := range found.standing {
		if x.Kind != KindGateway {
			continue
		}
		if err := fail("deleting the targets", t.removeTargets(ctx, w, x.ID)); err != nil {
			failed[KindTarget], failed[KindGateway] = obstacle{err: err}, obstacle{"it still has a target: ", err}
		} else if err := fail("deleting the gateway "+x.ID, t.removeGateway(ctx, w, x.ID)); err != nil {
			failed[KindGateway] = obstacle{err: err}
		}
	}
	gateway, target := failed[KindGateway].err, failed[KindTarget].err
	if found.unsure(KindGateway) {
		gateway, target = found.err, found.err
	}
	switch {
	case !found.has(KindProvider):
	case target != nil:
		failed[KindProvider] = obstacle{"a target may still use it: ", target}
	default:
		if err := fail("deleting the credential provider", t.removeProvider(ctx, w)); err != nil {
			failed[KindProvider] = obstacle{err: err}
		}
	}
	switch {
	case !found.has(KindRole):
	case gateway != nil:
		failed[KindRole] = obstacle{"the gateway may still use it: ", gateway}
	default:
		if err := fail("deleting the role", t.removeRole(ctx, w, t.Names.Role())); err != nil {
			failed[KindRole] = obstacle{err: err}
		}
	}
}

func contains(all []Made, kind string) bool {
	for _, x := range all {
		if x.Kind == kind {
			return true
		}
	}
	return false
}

func listed(all []Made) string {
	var lines []string
	for _, x := range all {
		line := "- " + strings.ReplaceAll(x.Kind, "_", " ") + " " + x.Name
		if x.ID != "" && x.ID != x.Name {
			line += " (" + x.ID + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
