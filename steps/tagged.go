package steps

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/provision"
)

// TaggedRun is a run as the tags of its resources show it, whether or not there
// is a record of it here.
type TaggedRun struct {
	Run       string
	Owner     provision.Owner
	Relation  provision.Relation // to the caller at this computer
	Created   time.Time          // of its oldest resource
	Resources []Made
	Callers   []string // as an earlier version tagged them
}

// TaggedRuns is what a search by tags found.
type TaggedRuns struct {
	Runs []TaggedRun // by relation, then name
	// Unverified is what could not be listed, or whose tags could not be read.
	Unverified []Left
	Err        error // the first reason for that
}

// TaggedRuns finds the runs of this program in the account and region, whoever
// created them. What cannot be read does not hide the rest.
func (t *Task) TaggedRuns(ctx context.Context) (TaggedRuns, error) {
	w, err := t.connect(ctx)
	if err != nil {
		return TaggedRuns{}, err
	}
	var all TaggedRuns
	note := func(x Made, created *time.Time, tags map[string]string) {
		t.noteRun(w, &all, x, aws.ToTime(created), tags)
	}
	for _, search := range []struct {
		kind, name string
		each       func(context.Context, *awsenv.Environment, noteFunc, unreadFunc) error
	}{
		{KindUserPool, Names{}.UserPool() + "*", t.eachPool},
		{KindGateway, Names{}.Gateway() + "*", t.eachGateway},
		{KindProvider, Names{}.Provider() + "*", t.eachProvider},
		{KindRole, Names{}.Role() + "*", t.eachRole},
	} {
		unread := func(name, id string, err error) {
			all.Unverified = append(all.Unverified, Left{search.kind, name, id, "it could not be checked: " + reason(err, t.Redactor)})
			all.Err = cmp.Or(all.Err, fail("looking for runs by their tags", err))
		}
		if err := search.each(ctx, w, note, unread); err != nil {
			unread(search.name, "", err)
		}
		if ctx.Err() != nil {
			return all, context.Cause(ctx)
		}
	}
	slices.SortStableFunc(all.Runs, func(a, b TaggedRun) int {
		return cmp.Or(cmp.Compare(b.Relation, a.Relation), strings.Compare(a.Run, b.Run))
	})
	return all, nil
}

// noteRun adds a resource to the run that its tags name.
func (t *Task) noteRun(w *awsenv.Environment, all *TaggedRuns, x Made, created time.Time, tags map[string]string) {
	claim, ok := provision.ReadTags(tags)
	if !ok || CheckRunName(claim.Run) != nil {
		return
	}
	i := slices.IndexFunc(all.Runs, func(r TaggedRun) bool { return r.Run == claim.Run && r.Owner == claim.Owner })
	if i < 0 {
		owner, _ := t.owner(w) // connect has seen that there is one
		i = len(all.Runs)
		all.Runs = append(all.Runs, TaggedRun{Run: claim.Run, Owner: claim.Owner, Relation: claim.Relation(owner), Created: created})
	}
	run := &all.Runs[i]
	run.Resources = append(run.Resources, x)
	if run.Created.IsZero() || !created.IsZero() && created.Before(run.Created) {
		run.Created = created
	}
	if claim.Caller != "" && !slices.Contains(run.Callers, claim.Caller) {
		run.Callers = append(run.Callers, claim.Caller)
	}
}

type (
	noteFunc   func(x Made, created *time.Time, tags map[string]string)
	unreadFunc func(name, id string, err error)
)

// The names begin with the tutorial's own words, so only such resources are
// asked for their tags: an account may hold hundreds of others.

func (t *Task) eachPool(ctx context.Context, w *awsenv.Environment, note noteFunc, unread unreadFunc) error {
	pages := paged(cognito.NewListUserPoolsPaginator(w.Cognito, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.UserPools {
			name, id := aws.ToString(p.Name), aws.ToString(p.Id)
			if !strings.HasPrefix(name, Names{}.UserPool()) {
				continue
			}
			pool, err := describePool(ctx, w, id)
			switch {
			case isGone(err):
			case err != nil:
				unread(name, id, err)
			default:
				note(Made{KindUserPool, name, id, aws.ToString(pool.Arn)}, pool.CreationDate, pool.UserPoolTags)
			}
		}
	}
	return nil
}

func (t *Task) eachGateway(ctx context.Context, w *awsenv.Environment, note noteFunc, unread unreadFunc) error {
	pages := paged(control.NewListGatewaysPaginator(w.Control, &control.ListGatewaysInput{}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			name, id := aws.ToString(item.Name), aws.ToString(item.GatewayId)
			if !strings.HasPrefix(name, Names{}.Gateway()) {
				continue
			}
			g, err := w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &id})
			if isGone(err) {
				continue
			}
			if err != nil {
				unread(name, id, err)
				continue
			}
			noteTagged(ctx, w, Made{KindGateway, name, id, aws.ToString(g.GatewayArn)}, g.CreatedAt, note, unread)
		}
	}
	return nil
}

func (t *Task) eachProvider(ctx context.Context, w *awsenv.Environment, note noteFunc, unread unreadFunc) error {
	pages := paged(control.NewListOauth2CredentialProvidersPaginator(w.Control, &control.ListOauth2CredentialProvidersInput{}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.CredentialProviders {
			name := aws.ToString(p.Name)
			if !strings.HasPrefix(name, Names{}.Provider()) {
				continue
			}
			if _, err := getProvider(ctx, w, name); isGone(err) {
				continue // the list may be late
			}
			noteTagged(ctx, w, Made{KindProvider, name, name, aws.ToString(p.CredentialProviderArn)}, p.CreatedTime, note, unread)
		}
	}
	return nil
}

func (t *Task) eachRole(ctx context.Context, w *awsenv.Environment, note noteFunc, unread unreadFunc) error {
	pages := paged(iam.NewListRolesPaginator(w.IAM, &iam.ListRolesInput{}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.Roles {
			name := aws.ToString(r.RoleName)
			if !strings.HasPrefix(name, Names{}.Role()) {
				continue
			}
			out, err := w.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name}) // ListRoles leaves tags out
			switch {
			case isGone(err):
			case err != nil:
				unread(name, name, err)
			default:
				note(Made{KindRole, name, name, aws.ToString(out.Role.Arn)}, out.Role.CreateDate, roleTags(out.Role))
			}
		}
	}
	return nil
}

// noteTagged asks AgentCore for the tags.
func noteTagged(ctx context.Context, w *awsenv.Environment, x Made, created *time.Time, note noteFunc, unread unreadFunc) {
	out, err := w.Control.ListTagsForResource(ctx, &control.ListTagsForResourceInput{ResourceArn: &x.ARN})
	if err != nil {
		unread(x.Name, x.ID, err)
		return
	}
	note(x, created, out.Tags)
}
