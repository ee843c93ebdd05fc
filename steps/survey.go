package steps

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	awsenv "agentcore-3lo/internal/aws"
)

// survey is what of a run really exists, by record and by tag, and what could
// not be looked up.
type survey struct {
	standing []Made
	unread   []Left
	err      error // the first reason why something could not be looked up
}

func (s *survey) add(kind, name, id, arn string) {
	s.standing = append(s.standing, Made{kind, name, id, arn})
}

// survey looks everything up. What cannot be read does not hide the rest.
func (t *Task) survey(ctx context.Context, w *awsenv.Environment) survey {
	var s survey
	miss := func(kind, name string, err error) bool {
		if err == nil {
			return false
		}
		s.unread = append(s.unread, Left{kind, name, t.resource(kind).ID, "it cannot be looked up: " + reason(err, t.Redactor)})
		if s.err == nil {
			s.err = err
		}
		return true
	}
	pools, err := t.ourPools(ctx, w)
	miss(KindUserPool, t.Names.UserPool(), err)
	for _, p := range pools {
		pool := aws.ToString(p.Id)
		s.add(KindUserPool, aws.ToString(p.Name), pool, aws.ToString(p.Arn))
		if d := aws.ToString(p.Domain); d != "" {
			s.add(KindDomain, d, d, "")
		}
		id := t.Names.ResourceServer()
		if _, err := w.Cognito.DescribeResourceServer(ctx, &cognito.DescribeResourceServerInput{UserPoolId: &pool, Identifier: &id}); err == nil {
			s.add(KindResourceServer, id, id, "")
		} else if !isGone(err) {
			miss(KindResourceServer, id, err)
		}
		if client, err := findClient(ctx, w, pool, t.Names.Client()); !miss(KindClient, t.Names.Client(), err) && client != "" {
			s.add(KindClient, t.Names.Client(), client, "")
		}
	}
	if t.Record().Settings.RoleARN == "" {
		arn, err := t.ourRole(ctx, w)
		if !miss(KindRole, t.Names.Role(), err) && arn != "" {
			s.add(KindRole, t.Names.Role(), t.Names.Role(), arn)
		}
	}
	g, err := t.ourGateway(ctx, w)
	if !miss(KindGateway, t.Names.Gateway(), err) && g != nil {
		s.add(KindGateway, t.Names.Gateway(), aws.ToString(g.GatewayId), aws.ToString(g.GatewayArn))
	}
	p, err := t.ourProvider(ctx, w, g)
	if !miss(KindProvider, t.Names.Provider(), err) && p != nil {
		s.add(KindProvider, t.Names.Provider(), t.Names.Provider(), aws.ToString(p.CredentialProviderArn))
	}
	if g != nil {
		targets, err := t.targetIDs(ctx, w, aws.ToString(g.GatewayId))
		miss(KindTarget, t.Names.Target(), err)
		for name, id := range targets {
			s.add(KindTarget, name, id, "")
		}
	}
	return s
}

// ourPools are the recorded pool and every pool that carries the run's tags.
func (t *Task) ourPools(ctx context.Context, w *awsenv.Environment) ([]*cognitotypes.UserPoolType, error) {
	found, err := findPools(ctx, w, t.Names.UserPool())
	if err != nil {
		return nil, err
	}
	known := t.resource(KindUserPool).ID
	var ours []*cognitotypes.UserPoolType
	// What the record names counts even where the list does not show it.
	if known != "" && !slices.ContainsFunc(found, func(p *cognitotypes.UserPoolType) bool { return aws.ToString(p.Id) == known }) {
		pool, err := describePool(ctx, w, known)
		if err == nil {
			ours = append(ours, pool)
		} else if !isGone(err) {
			return nil, err
		}
	}
	for _, p := range found {
		if t.tagged(p.UserPoolTags) || aws.ToString(p.Id) == known {
			ours = append(ours, p)
		} else {
			t.say("Left alone: a user pool of the same name that this run did not make (%s).", aws.ToString(p.Id))
		}
	}
	return ours, nil
}

// ourRole is the role's ARN; "" when it does not exist or is not ours.
func (t *Task) ourRole(ctx context.Context, w *awsenv.Environment) (string, error) {
	name := t.Names.Role()
	out, err := w.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if isGone(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if t.oursOrError(out.Role, name) != nil {
		t.say("Left alone: a role of the same name that this run did not make (%s).", aws.ToString(out.Role.Arn))
		return "", nil
	}
	return aws.ToString(out.Role.Arn), nil
}

// ourGateway is the run's gateway, or nil.
func (t *Task) ourGateway(ctx context.Context, w *awsenv.Environment) (*control.GetGatewayOutput, error) {
	if recorded, err := t.recordedGateway(ctx, w); recorded != nil || err != nil {
		return recorded, err
	}
	found, foreign, err := t.gatewayByName(ctx, w)
	if foreign != "" {
		t.say("Left alone: a gateway of the same name that this run did not make (%s).", foreign)
	}
	return found, err
}

// ourProvider is the run's credential provider, or nil.
func (t *Task) ourProvider(ctx context.Context, w *awsenv.Environment, g *control.GetGatewayOutput) (*control.GetOauth2CredentialProviderOutput, error) {
	p, err := getProvider(ctx, w, t.Names.Provider())
	if isGone(err) {
		return nil, nil
	}
	if err != nil || !t.resource(KindProvider).Made.IsZero() {
		return p, err
	}
	ours, err := t.carriesOurTags(ctx, w, KindProvider, aws.ToString(p.CredentialProviderArn), func() bool {
		return g != nil && t.usedByTarget(ctx, w, aws.ToString(g.GatewayId), aws.ToString(p.CredentialProviderArn))
	})
	if err != nil {
		return nil, err
	}
	if !ours {
		t.say("Left alone: a credential provider of the same name that this run did not make (%s).", aws.ToString(p.CredentialProviderArn))
		return nil, nil
	}
	return p, nil
}

// usedByTarget says whether a target of our gateway calls through the provider.
func (t *Task) usedByTarget(ctx context.Context, w *awsenv.Environment, gatewayID, provider string) bool {
	ids, err := t.targetIDs(ctx, w, gatewayID)
	if err != nil {
		return false
	}
	for _, id := range ids {
		x, err := w.Control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: &gatewayID, TargetId: &id})
		if err != nil || len(x.CredentialProviderConfigurations) != 1 {
			continue
		}
		oauth, ok := x.CredentialProviderConfigurations[0].CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider)
		if ok && oauth != nil && aws.ToString(oauth.Value.ProviderArn) == provider {
			return true
		}
	}
	return false
}

func (t *Task) targetIDs(ctx context.Context, w *awsenv.Environment, gatewayID string) (map[string]string, error) {
	ids := map[string]string{}
	pages := paged(control.NewListGatewayTargetsPaginator(w.Control, &control.ListGatewayTargetsInput{GatewayIdentifier: &gatewayID}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isGone(err) {
			return ids, nil
		}
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			ids[aws.ToString(item.Name)] = aws.ToString(item.TargetId)
		}
	}
	return ids, nil
}

// TaggedRuns finds the runs of this caller by tag alone: those whose record is
// lost, too. The names of other callers' runs come second.
func (t *Task) TaggedRuns(ctx context.Context) (mine, others []string, err error) {
	w, err := t.connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	note := func(tags map[string]string) {
		run, caller := tags[tagRun], tags[tagCaller]
		theirs := run + " (of " + caller + ")"
		switch {
		case tags[tagCreator] != creator || CheckRunName(run) != nil:
		case caller == "" || caller == callerTag(w):
			if !slices.Contains(mine, run) {
				mine = append(mine, run)
			}
		case !slices.Contains(others, theirs):
			others = append(others, theirs)
		}
	}
	err = errors.Join(t.eachPool(ctx, w, note), t.eachGateway(ctx, w, note), t.eachProvider(ctx, w, note), t.eachRole(ctx, w, note))
	return mine, others, fail("looking for tagged runs", err)
}
