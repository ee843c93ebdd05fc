package provision

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/ownership"
	"agentcore-3lo/internal/run"
)

// TaggedRun is a run found by the tags of its resources, with or without a record on
// this computer.
type TaggedRun struct {
	Run       string
	Owner     ownership.Owner
	Relation  ownership.Relation // to the caller at this computer
	Created   time.Time          // of its oldest resource
	Resources []Made
	Callers   []string // as an earlier version tagged them
}

// TaggedRuns is the result of a search by tags.
type TaggedRuns struct {
	Runs []TaggedRun // by relation, then name
	// Unverified is what could not be listed, or whose tags could not be read.
	Unverified []Left
	Err        error // the first reason for that
}

// FindTagged finds the runs of this program in the account and region, whoever created
// them. If something cannot be read, the rest is still listed. It reads the tags only of
// resources whose names begin like the tutorial's: an account may have hundreds of
// others.
func FindTagged(ctx context.Context, s Scope) (TaggedRuns, error) {
	x := search{s: s}
	for _, each := range []struct {
		kind, prefix string
		do           func(context.Context) error
	}{
		{UserPool, run.Names{}.UserPool(), x.pools},
		{Gateway, run.Names{}.Gateway(), x.gateways},
		{Provider, run.Names{}.Provider(), x.providers},
		{Role, run.Names{}.Role(), x.roles},
	} {
		x.kind = each.kind
		if err := each.do(ctx); err != nil {
			x.unread(each.prefix+"*", "", err)
		}
		if ctx.Err() != nil {
			return x.all, context.Cause(ctx)
		}
	}
	slices.SortStableFunc(x.all.Runs, func(a, b TaggedRun) int {
		return cmp.Or(cmp.Compare(b.Relation, a.Relation), strings.Compare(a.Run, b.Run))
	})
	return x.all, nil
}

// search collects runs by the tags of their resources.
type search struct {
	s    Scope
	all  TaggedRuns
	kind string // of the present listing
}

func (x *search) unread(name, id string, err error) {
	x.all.Unverified = append(x.all.Unverified, Left{x.kind, name, id, "it could not be checked: " + Reason(err)})
	x.all.Err = cmp.Or(x.all.Err, advice.Fail("looking for runs by their tags", err))
}

// note adds a resource to the run that its tags name.
func (x *search) note(m Made, created *time.Time, tags map[string]string) {
	claim, ok := ownership.ReadTags(tags)
	if !ok || run.CheckAWSName(claim.Run) != nil {
		return
	}
	i := slices.IndexFunc(x.all.Runs, func(r TaggedRun) bool { return r.Run == claim.Run && r.Owner == claim.Owner })
	if i < 0 {
		i = len(x.all.Runs)
		x.all.Runs = append(x.all.Runs, TaggedRun{Run: claim.Run, Owner: claim.Owner, Relation: claim.Relation(x.s.Owner), Created: aws.ToTime(created)})
	}
	run := &x.all.Runs[i]
	run.Resources = append(run.Resources, m)
	if at := aws.ToTime(created); run.Created.IsZero() || !at.IsZero() && at.Before(run.Created) {
		run.Created = at
	}
	if claim.Caller != "" && !slices.Contains(run.Callers, claim.Caller) {
		run.Callers = append(run.Callers, claim.Caller)
	}
}

func (x *search) pools(ctx context.Context) error {
	return eachPool(ctx, x.s, func(name, id string) error {
		if !strings.HasPrefix(name, run.Names{}.UserPool()) {
			return nil
		}
		pool, err := describePool(ctx, x.s, id)
		x.take(name, id, err, func() { x.notePool(name, pool) })
		return nil
	})
}

func (x *search) notePool(name string, p *cognitotypes.UserPoolType) {
	x.note(Made{UserPool, name, aws.ToString(p.Id), aws.ToString(p.Arn)}, p.CreationDate, p.UserPoolTags)
}

// take adds what was read, skips what no longer exists, and lists the rest as
// unread.
func (x *search) take(name, id string, err error, note func()) {
	switch {
	case err == nil:
		note()
	case !advice.Gone(err):
		x.unread(name, id, err)
	}
}

func (x *search) gateways(ctx context.Context) error {
	return eachGateway(ctx, x.s, func(name, id string) error {
		if !strings.HasPrefix(name, run.Names{}.Gateway()) {
			return nil
		}
		g, err := getGateway(ctx, x.s, id)
		x.take(name, id, err, func() {
			x.askTags(ctx, Made{Gateway, name, id, g.ARN}, g.Detail.(*control.GetGatewayOutput).CreatedAt)
		})
		return nil
	})
}

func (x *search) providers(ctx context.Context) error {
	pages := paged(control.NewListOauth2CredentialProvidersPaginator(x.s.AWS.Control, &control.ListOauth2CredentialProvidersInput{}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.CredentialProviders {
			name := aws.ToString(p.Name)
			if !strings.HasPrefix(name, run.Names{}.Provider()) {
				continue
			}
			if _, err := getProvider(ctx, x.s, name); advice.Gone(err) {
				continue // the list may be late
			}
			x.askTags(ctx, Made{Provider, name, name, aws.ToString(p.CredentialProviderArn)}, p.CreatedTime)
		}
	}
	return nil
}

func (x *search) roles(ctx context.Context) error {
	pages := paged(iam.NewListRolesPaginator(x.s.AWS.IAM, &iam.ListRolesInput{}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.Roles {
			name := aws.ToString(r.RoleName)
			if !strings.HasPrefix(name, run.Names{}.Role()) {
				continue
			}
			out, err := x.s.AWS.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name}) // ListRoles leaves tags out
			x.take(name, name, err, func() { x.noteRole(name, out.Role) })
		}
	}
	return nil
}

func (x *search) noteRole(name string, r *iamtypes.Role) {
	x.note(Made{Role, name, name, aws.ToString(r.Arn)}, r.CreateDate, roleTags(r))
}

// askTags asks AgentCore for the tags.
func (x *search) askTags(ctx context.Context, m Made, created *time.Time) {
	out, err := x.s.AWS.Control.ListTagsForResource(ctx, &control.ListTagsForResourceInput{ResourceArn: &m.ARN})
	if err != nil {
		x.unread(m.Name, m.ID, err)
		return
	}
	x.note(m, created, out.Tags)
}
