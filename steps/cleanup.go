package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/record"
	"agentcore-3lo/internal/text"
)

func cleanupStep() Step {
	return Step{ID: Cleanup, Title: "Clean up", Foreground: true, Lesson: cleanupLesson,
		Does: "undoes everything in reverse and proves that it is gone",
		Asks: []string{"cleanup"},
		Run:  cleanup,
	}
}

func cleanup(ctx context.Context, t *Task) error {
	w, err := t.connect(ctx)
	if err != nil {
		return err
	}
	found := t.survey(ctx, w)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	standing := found.standing
	if len(standing) == 0 && found.err != nil {
		t.left = found.unread
		return fail("looking for what this run made", found.err)
	}
	if len(standing) == 0 {
		t.say("Nothing of run %s is left to remove.", t.Names.Run)
		return t.cleaned(w)
	}
	t.say("Will be deleted:\n%s", listed(standing))
	if own := t.Record().Settings.RoleARN; own != "" {
		t.say("Will not be touched: your own role %s", own)
	}
	a, err := t.Ask(ctx, cleanupQuestion())
	if err != nil {
		return err
	}
	if a != "y" {
		return Problem{Doing: "asking for your yes", Err: saidNo("you did not agree; nothing was deleted"), Next: "Whenever you like: " + t.Command("cleanup")}
	}
	if err := t.update(func(r *record.Record) { r.Cleaning = time.Now().UTC() }); err != nil {
		return err
	}
	failures := t.undo(ctx, w, standing)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// The proof: everything is looked up once more.
	proof := t.survey(ctx, w)
	for _, x := range standing {
		if !contains(proof.standing, x.Kind) && !slices.ContainsFunc(proof.unread, func(l Left) bool { return l.Kind == x.Kind }) {
			t.say("gone   %s %s", strings.ReplaceAll(x.Kind, "_", " "), x.Name)
		}
	}
	t.left = proof.unread
	for _, x := range proof.standing {
		t.left = append(t.left, Left{x.Kind, x.Name, x.ID, t.whyLeft(x.Kind, failures)})
	}
	for _, x := range t.left {
		t.say("LEFT   %s %s: %s", strings.ReplaceAll(x.Kind, "_", " "), x.Name, x.Reason)
	}
	if len(t.left) == 0 {
		return t.cleaned(w)
	}
	// What could not be read at first was not removed, and may be why the rest
	// could not be: it is the cause to tell.
	if found.err != nil {
		return fail("looking for what this run made", found.err)
	}
	for _, err := range failures {
		return fail(fmt.Sprintf("removing what run %s made (%d left)", t.Names.Run, len(t.left)), err)
	}
	if proof.err != nil {
		return fail("proving that everything is gone", proof.err)
	}
	return Problem{Doing: "removing what run " + t.Names.Run + " made", Err: fmt.Errorf("%d resources are left", len(t.left)),
		Next: "Try once more: " + t.Command("cleanup")}
}

// whyLeft is the reason in a few words. A pool's children fall with it.
func (t *Task) whyLeft(kind string, failures map[string]error) string {
	err := failures[part(kind)]
	switch {
	case err == nil:
		return "it is still there"
	case part(kind) == "cognito" && kind != KindUserPool:
		return "it falls with its user pool"
	}
	return reason(err, t.Redactor)
}

// reason is an error as code and message.
func reason(err error, r *text.Redactor) string {
	w := why(err)
	return text.CleanLine(r.Redact(strings.TrimPrefix(w.Code+": "+w.Message, ": ")))
}

func cleanupQuestion() Question {
	return Question{Name: "cleanup", Kind: Confirm, Prompt: "Delete them?", Answers: "--yes", Yes: true}
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
	return t.update(func(r *record.Record) {
		r.Cleaned, r.Cleaning = time.Now().UTC(), time.Time{}
		r.Resources, r.Consent, r.SecretAsked = []record.Resource{}, record.Consent{}, false
		clear(r.Steps)
	})
}

// parts of the cleanup that do not depend on one another.
func part(kind string) string {
	switch kind {
	case KindUserPool, KindDomain, KindResourceServer, KindClient:
		return "cognito"
	}
	return "agentcore"
}

// undo removes in reverse: the AgentCore half with the role, and Cognito's,
// side by side. A failure of one does not stop the other.
func (t *Task) undo(ctx context.Context, w *awsenv.Environment, standing []Made) map[string]error {
	var wg sync.WaitGroup
	var cognitoErr, agentcoreErr error
	wg.Go(func() {
		for _, x := range standing {
			if x.Kind == KindUserPool {
				err := t.guarded(func() error { return t.removePool(ctx, w, x.ID) })
				cognitoErr = errors.Join(cognitoErr, fail("removing the user pool", err))
			}
		}
	})
	wg.Go(func() {
		agentcoreErr = t.guarded(func() error { return t.undoAgentCore(ctx, w, standing) })
	})
	wg.Wait()
	failures := map[string]error{}
	if cognitoErr != nil {
		failures["cognito"] = cognitoErr
	}
	if agentcoreErr != nil {
		failures["agentcore"] = agentcoreErr
	}
	return failures
}

func (t *Task) undoAgentCore(ctx context.Context, w *awsenv.Environment, standing []Made) error {
	var all error
	gatewayStands, targetStands := false, false
	for _, x := range standing {
		if x.Kind != KindGateway {
			continue
		}
		err := fail("removing the targets", t.removeTargets(ctx, w, x.ID))
		targetStands = targetStands || err != nil
		if err == nil {
			err = fail("removing the gateway "+x.ID, t.removeGateway(ctx, w, x.ID))
		}
		gatewayStands = gatewayStands || err != nil
		all = errors.Join(all, err)
	}
	if contains(standing, KindProvider) && !targetStands { // a target that stands still uses it
		all = errors.Join(all, fail("removing the credential provider", t.removeProvider(ctx, w)))
	}
	// A gateway that stands still uses its role.
	if contains(standing, KindRole) && !gatewayStands {
		all = errors.Join(all, fail("removing the role", t.removeRole(ctx, w, t.Names.Role())))
	}
	return all
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
