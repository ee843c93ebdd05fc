package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/ownership"
	"agentcore-3lo/internal/run"
)

// A resource belongs to this run if it has the tags of the run and its owner, or is a
// child of such a resource. The tags are read before anything is adopted, changed or
// deleted. Neither a name nor the record is proof, because anyone may delete a role or
// a credential provider and create another one with the same name.

// ForeignError says that a resource has the name or ID of one of this run, but not its
// tags. It is left alone.
type ForeignError struct {
	Kind, Name, ID string
	Claim          ownership.Claim // zero if the tags are not from this program
	Relation       ownership.Relation
	Here           bool   // created from this computer, or by a caller in the record
	Run            string // this run
	Recorded       bool   // the record says that this run created it
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("the %s %s (%s) exists and %s; it is left alone", Title(e.Kind), e.Name, e.ID, e.Whose())
}

// Whose completes a sentence about the resource.
func (e *ForeignError) Whose() string {
	switch {
	case e.Claim.Run == "":
		return "does not carry this run's tags"
	case e.Relation == ownership.Mine:
		return "belongs to your run " + e.Claim.Run
	case e.Relation == ownership.Elsewhere:
		return "was created by you elsewhere (" + e.Claim.Owner.Origin() + ")"
	}
	return "was created by " + e.Claim.Owner.Origin()
}

// Replaced reports whether a recorded name now belongs to someone else's resource, so
// this run's resource no longer exists.
func (e *ForeignError) Replaced() bool {
	return (e.Kind == Role || e.Kind == Provider) && e.Claim.Run != "" && e.Relation == ownership.NotMine && !e.Here
}

// Remedy is what to do about it.
func (e *ForeignError) Remedy(s advice.Situation) string {
	another := "\nOr start a run with another name: " + s.Another
	if s.Step == "cleanup" {
		another = ""
	}
	switch {
	case e.Claim.Run == e.Run && e.Relation == ownership.Elsewhere:
		return "To delete it from here: " + s.Run("cleanup", "--elsewhere") + another
	case e.Here && e.Relation == ownership.NotMine:
		return "Sign in as " + e.Claim.Owner.Principal + ", who created it, then: " + s.Retry + another
	case e.Recorded:
		return "If this run created it and somebody changed its tags, delete it yourself, then: " + s.Retry + another
	}
	return "Start a run with another name: " + s.Another
}

// verified returns nil if the tags are those of this run and its owner; otherwise a
// Problem with a *ForeignError.
func (s Scope) verified(kind, name, id string, tags map[string]string) error {
	e := &ForeignError{Kind: kind, Name: name, ID: id, Run: s.Run.Name(), Recorded: !s.Run.Resource(kind).Made.IsZero()}
	claim, ok := ownership.ReadTags(tags)
	if ok = ok && run.CheckAWSName(claim.Run) == nil; ok {
		e.Claim, e.Relation = claim, claim.Relation(s.Owner)
		// An earlier version had no computer in the tag, and recorded the tag.
		e.Here = claim.Owner.Computer == s.Owner.Computer || claim.Caller != "" && slices.Contains(s.Run.Record().Callers, claim.Caller)
		if e.Relation == ownership.Elsewhere && e.Here {
			e.Relation = ownership.Mine
		}
	}
	if ok && claim.Run == e.Run && e.Relation == ownership.Mine {
		return nil
	}
	return advice.Problem{Doing: "checking whose the " + Title(kind) + " is", Err: e}
}

// verifiedRead reads a gateway or a provider and its tags. It returns nil if there is
// none, and an error if it is not the run's or cannot be verified. called says how an
// error names it.
func (s Scope) verifiedRead(ctx context.Context, read func() (*Found, error), called func(*Found) string) (*Found, error) {
	f, err := read()
	if err == nil {
		err = s.verifiedTags(ctx, f, called(f), read)
	}
	if advice.Gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// verifiedTags reads the tags of what read has found. If it no longer exists, it
// returns read's error.
func (s Scope) verifiedTags(ctx context.Context, f *Found, id string, read func() (*Found, error)) error {
	out, err := s.AWS.Control.ListTagsForResource(ctx, &control.ListTagsForResourceInput{ResourceArn: &f.ARN})
	if advice.Gone(err) {
		if _, gone := read(); advice.Gone(gone) {
			return gone
		}
		err = errors.New("the service shows it but does not find its tags: " + advice.Read(err).Message)
	}
	if err != nil {
		return advice.Fail(fmt.Sprintf("reading the tags of the %s %s", Title(f.Kind), f.Name), err)
	}
	return s.verified(f.Kind, f.Name, id, out.Tags)
}
