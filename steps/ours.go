package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
)

// What is ours carries the tags of this run and its owner, or is a child of such
// a resource. The tags are read before anything is adopted, changed or deleted;
// neither a name nor the record is proof, because anybody may delete a role or a
// credential provider and create another one under its name.

// notOurs names something that is in the way and is never touched.
func (t *Task) notOurs(kind, name, id string) error {
	return Problem{Doing: "looking for the " + kind + " " + name,
		Err:  fmt.Errorf("the %s %s (%s) exists, and this run did not create it; it is left alone", kind, name, id),
		Next: "Start a run with another name: " + t.Another()}
}

// owner is who works on this run: the caller, at this computer. For a cleanup of
// what the same principal created elsewhere it is that computer.
func (k *Kit) owner(w *awsenv.Environment) (provision.Owner, error) {
	computer := k.Settings.Computer
	if computer == "" {
		var err error
		var damaged *run.DamagedComputerError
		computer, err = k.computer()
		if errors.As(err, &damaged) {
			err = Problem{Doing: "reading this computer's id", Err: err,
				Next: "Restore the file, or delete it: then what was created here counts as created elsewhere, and this lists it: " +
					CommandLine(k.Settings.Program, "cleanup", "--all", "--elsewhere")}
		}
		if err != nil {
			return provision.Owner{}, fail("reading this computer's id", err)
		}
	}
	o, err := provision.OwnerOf(w.CallerARN, computer)
	return o, fail("finding out who is calling", err)
}

// tags mark everything that is created. connect has seen that there is an owner.
func (k *Kit) tags(w *awsenv.Environment) map[string]string {
	owner, _ := k.owner(w)
	return provision.Tags(k.Names.Run, owner)
}

// foreignError says that a resource has the name of one of this run's, or its
// id, and that its tags do not say that it is this run's.
type foreignError struct {
	kind, name, id string
	claim          provision.Claim // zero where the tags are not of this program
	relation       provision.Relation
	here           bool // created at this computer, or by a caller on the record
}

func (e *foreignError) Error() string {
	return fmt.Sprintf("the %s %s (%s) exists and %s; it is left alone", strings.ReplaceAll(e.kind, "_", " "), e.name, e.id, e.whose())
}

// whose completes a sentence about the resource.
func (e *foreignError) whose() string {
	switch {
	case e.claim.Run == "":
		return "does not carry this run's tags"
	case e.relation == provision.Mine:
		return "belongs to your run " + e.claim.Run
	case e.relation == provision.Elsewhere:
		return "was created by you elsewhere (" + e.claim.Owner.Origin() + ")"
	}
	return "was created by " + e.claim.Owner.Origin()
}

// verified returns nil where the tags are those of this run and its owner, and
// else a Problem with a *foreignError.
func (t *Task) verified(w *awsenv.Environment, kind, name, id string, tags map[string]string) error {
	owner, err := t.owner(w)
	if err != nil {
		return err
	}
	e := &foreignError{kind: kind, name: name, id: id}
	claim, ok := provision.ReadTags(tags)
	if ok = ok && CheckRunName(claim.Run) == nil; ok {
		e.claim, e.relation = claim, claim.Relation(owner)
		// An earlier version tagged no computer, and put the tag into the record.
		e.here = claim.Owner.Computer == owner.Computer || claim.Caller != "" && slices.Contains(t.Record().Callers, claim.Caller)
		if e.relation == provision.Elsewhere && e.here {
			e.relation = provision.Mine
		}
	}
	if ok && claim.Run == t.Names.Run && e.relation == provision.Mine {
		return nil
	}
	return Problem{Doing: "checking whose the " + strings.ReplaceAll(kind, "_", " ") + " is", Err: e, Next: t.besides(e)}
}

// besides is what to do about something that is not ours.
func (t *Task) besides(e *foreignError) string {
	another := "\nOr start a run with another name: " + t.Another()
	if t.Step == Cleanup {
		another = ""
	}
	switch {
	case e.claim.Run == t.Names.Run && e.relation == provision.Elsewhere:
		return "To delete it from here: " + t.Command("cleanup", "--elsewhere") + another
	case e.here && e.relation == provision.NotMine:
		return "Sign in as " + e.claim.Owner.Principal + ", who created it, then: " + t.again(t.Step) + another
	case !t.resource(e.kind).Made.IsZero():
		return "If this run created it and somebody changed its tags, delete it yourself, then: " + t.again(t.Step) + another
	}
	return "Start a run with another name: " + t.Another()
}

// verifiedTags asks AgentCore for the tags of a gateway or a provider that look
// has shown. It returns look's error where that is gone by now.
func (t *Task) verifiedTags(ctx context.Context, w *awsenv.Environment, kind, name, id, arn string, look func() error) error {
	out, err := w.Control.ListTagsForResource(ctx, &control.ListTagsForResourceInput{ResourceArn: &arn})
	if isGone(err) {
		if gone := look(); isGone(gone) {
			return gone
		}
		err = errors.New("the service shows it but does not find its tags: " + why(err).Message)
	}
	if err != nil {
		return fail(fmt.Sprintf("reading the tags of the %s %s", strings.ReplaceAll(kind, "_", " "), name), err)
	}
	return t.verified(w, kind, name, id, out.Tags)
}

// replaced says that a name on the record means a resource of somebody else by
// now: ours must be gone.
func (t *Task) replaced(err error) bool {
	var e *foreignError
	return errors.As(err, &e) && (e.kind == KindRole || e.kind == KindProvider) &&
		e.claim.Run != "" && e.relation == provision.NotMine && !e.here
}
