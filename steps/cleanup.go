package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"agentcore-3lo/internal/record"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/world"
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
	standing, err := t.survey(ctx, w)
	if err != nil {
		return fail("looking for what this run made", err)
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
		return Problem{Doing: "asking for your yes", Err: errors.New("you did not agree; nothing was deleted"), Next: "Whenever you like: " + t.Command("cleanup")}
	}
	failures := t.undo(ctx, w, standing)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// The proof: everything is looked up once more.
	left, err := t.survey(ctx, w)
	if err != nil {
		return fail("proving that everything is gone", err)
	}
	for _, x := range standing {
		if !contains(left, x.Kind) {
			t.say("gone   %s %s", strings.ReplaceAll(x.Kind, "_", " "), x.Name)
		}
	}
	t.left = nil
	for _, x := range left {
		reason := "it is still there"
		if err := failures[part(x.Kind)]; err != nil {
			reason = text.CleanLine(t.Redactor.Redact(err.Error()))
		}
		t.left = append(t.left, Left{x.Kind, x.Name, x.ID, reason})
		t.say("LEFT   %s %s: %s", strings.ReplaceAll(x.Kind, "_", " "), x.Name, reason)
	}
	if len(left) > 0 {
		for _, err := range failures {
			return fail(fmt.Sprintf("removing what run %s made (%d left)", t.Names.Run, len(left)), err)
		}
		return Problem{Doing: "removing what run " + t.Names.Run + " made", Err: fmt.Errorf("%d resources are left", len(left)),
			Next: "Try once more: " + t.Command("cleanup")}
	}
	return t.cleaned(w)
}

func cleanupQuestion() Question {
	return Question{Name: "cleanup", Kind: Confirm, Prompt: "Delete them?", Answers: "--yes", Yes: true}
}

// cleaned closes the record and says what no API of ours removes.
func (t *Task) cleaned(w *world.World) error {
	t.left = nil
	t.forgetBearer()
	if w.Sandbox {
		t.say("What stays in the sandbox's portal is the app with its redirect URL: %s", t.portal())
	} else {
		t.say("What stays at %s is yours to remove:\n- the app and its redirect URL: %s\n- the permission you gave the app: %s",
			vendor.Name, t.portal(), vendor.Permissions)
	}
	return t.update(func(r *record.Record) {
		r.Cleaned = time.Now().UTC()
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
func (t *Task) undo(ctx context.Context, w *world.World, standing []Made) map[string]error {
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

func (t *Task) undoAgentCore(ctx context.Context, w *world.World, standing []Made) error {
	var all error
	gatewayStands := false
	for _, x := range standing {
		if x.Kind != KindGateway {
			continue
		}
		err := fail("removing the targets", t.removeTargets(ctx, w, x.ID))
		if err == nil {
			err = fail("removing the gateway "+x.ID, t.removeGateway(ctx, w, x.ID))
		}
		gatewayStands = gatewayStands || err != nil
		all = errors.Join(all, err)
	}
	if contains(standing, KindProvider) {
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

// survey reads back what of this run really exists, by record and by tag.
func (t *Task) survey(ctx context.Context, w *world.World) ([]Made, error) {
	var standing []Made
	add := func(kind, name, id, arn string) { standing = append(standing, Made{kind, name, id, arn}) }
	pools, err := t.ourPools(ctx, w)
	if err != nil {
		return nil, err
	}
	for _, p := range pools {
		add(KindUserPool, aws.ToString(p.Name), aws.ToString(p.Id), aws.ToString(p.Arn))
		if d := aws.ToString(p.Domain); d != "" {
			add(KindDomain, d, d, "")
		}
		if id := t.resource(KindResourceServer).ID; id != "" {
			add(KindResourceServer, id, id, "")
		}
		if c := t.resource(KindClient); c.ID != "" {
			add(KindClient, c.Name, c.ID, "")
		}
	}
	if t.Record().Settings.RoleARN == "" {
		arn, err := t.ourRole(ctx, w)
		if err != nil {
			return nil, err
		}
		if arn != "" {
			add(KindRole, t.Names.Role(), t.Names.Role(), arn)
		}
	}
	g, err := t.ourGateway(ctx, w)
	if err != nil {
		return nil, err
	}
	p, err := t.ourProvider(ctx, w)
	if err != nil {
		return nil, err
	}
	if g != nil {
		add(KindGateway, t.Names.Gateway(), aws.ToString(g.GatewayId), aws.ToString(g.GatewayArn))
	}
	if p != nil {
		add(KindProvider, t.Names.Provider(), t.Names.Provider(), aws.ToString(p.CredentialProviderArn))
	}
	if g != nil {
		targets, err := t.targetIDs(ctx, w, aws.ToString(g.GatewayId))
		if err != nil {
			return nil, err
		}
		for name, id := range targets {
			add(KindTarget, name, id, "")
		}
	}
	return standing, nil
}
