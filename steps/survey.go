package steps

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/world"
)

// ourPools are the recorded pool and every pool that carries the run's tags.
func (t *Task) ourPools(ctx context.Context, w *world.World) ([]*cognitotypes.UserPoolType, error) {
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
func (t *Task) ourRole(ctx context.Context, w *world.World) (string, error) {
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
func (t *Task) ourGateway(ctx context.Context, w *world.World) (*control.GetGatewayOutput, error) {
	if known := t.resource(KindGateway).ID; known != "" {
		g, err := w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &known})
		if err == nil || !isGone(err) {
			return g, err
		}
	}
	pages := control.NewListGatewaysPaginator(w.Control, &control.ListGatewaysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			if aws.ToString(item.Name) != t.Names.Gateway() {
				continue
			}
			g, err := w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: item.GatewayId})
			if isGone(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			ours, err := t.carriesOurTags(ctx, w, aws.ToString(g.GatewayArn))
			if err != nil {
				return nil, err
			}
			if ours {
				return g, nil
			}
			t.say("Left alone: a gateway of the same name that this run did not make (%s).", aws.ToString(g.GatewayId))
		}
	}
	return nil, nil
}

// ourProvider is the run's credential provider, or nil.
func (t *Task) ourProvider(ctx context.Context, w *world.World) (*control.GetOauth2CredentialProviderOutput, error) {
	p, err := getProvider(ctx, w, t.Names.Provider())
	if isGone(err) {
		return nil, nil
	}
	if err != nil || !t.resource(KindProvider).Made.IsZero() {
		return p, err
	}
	ours, err := t.carriesOurTags(ctx, w, aws.ToString(p.CredentialProviderArn))
	if err != nil {
		return nil, err
	}
	if !ours {
		t.say("Left alone: a credential provider of the same name that this run did not make (%s).", aws.ToString(p.CredentialProviderArn))
		return nil, nil
	}
	return p, nil
}

func (t *Task) targetIDs(ctx context.Context, w *world.World, gatewayID string) (map[string]string, error) {
	ids := map[string]string{}
	pages := control.NewListGatewayTargetsPaginator(w.Control, &control.ListGatewayTargetsInput{GatewayIdentifier: &gatewayID})
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
	owners := map[string]string{}
	note := func(tags map[string]string) {
		if tags[tagCreator] == creator && CheckRunName(tags[tagRun]) == nil {
			owners[tags[tagRun]] = tags[tagCaller]
		}
	}
	err = errors.Join(t.eachPool(ctx, w, note), t.eachGateway(ctx, w, note), t.eachProvider(ctx, w, note), t.eachRole(ctx, w, note))
	for run, caller := range owners {
		if caller == "" || caller == callerTag(w) {
			mine = append(mine, run)
		} else {
			others = append(others, run+" (of "+caller+")")
		}
	}
	return mine, others, fail("looking for tagged runs", err)
}
