package steps

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/text"
)

// survey is what of a run really exists, by its tags, and what could not be
// verified.
type survey struct {
	standing []Made
	unread   []Left
	err      error // the first reason why something could not be verified
}

func (s *survey) add(kind, name, id, arn string) {
	s.standing = append(s.standing, Made{kind, name, id, arn})
}

// unverified takes note of what could not be checked, once: the first reason is
// nearest to the cause.
func (s *survey) unverified(kind, name, id, reason string) {
	if !slices.ContainsFunc(s.unread, func(l Left) bool { return l.Kind == kind && l.Name == name && l.ID == id }) {
		s.unread = append(s.unread, Left{kind, name, id, reason})
	}
}

func (s *survey) has(kind string) bool { return contains(s.standing, kind) }

// includes says whether what has this ARN will be deleted.
func (s *survey) includes(arn string) bool {
	return slices.ContainsFunc(s.standing, func(m Made) bool { return m.ARN == arn })
}

// unsure says whether something of the kind may exist.
func (s *survey) unsure(kind string) bool {
	return slices.ContainsFunc(s.unread, func(l Left) bool { return l.Kind == kind })
}

// survey looks everything up. What cannot be verified does not hide the rest.
func (t *Task) survey(ctx context.Context, w *awsenv.Environment) survey {
	var s survey
	t.surveyPools(ctx, w, &s)
	t.surveyRole(ctx, w, &s)
	t.surveyGateway(ctx, w, &s)
	p, err := t.ownProvider(ctx, w)
	if !t.missed(&s, KindProvider, t.Names.Provider(), t.Names.Provider(), err) && p != nil {
		s.add(KindProvider, t.Names.Provider(), t.Names.Provider(), aws.ToString(p.CredentialProviderArn))
	}
	inOrder(s.standing)
	return s
}

// missed takes note of what could not be verified, and says whether there was
// an error. What is verified not to be ours is left alone.
func (t *Task) missed(s *survey, kind, name, id string, err error) bool {
	if err == nil {
		return false
	}
	var foreign *foreignError
	switch recorded := !t.resource(kind).Made.IsZero(); {
	case !errors.As(err, &foreign):
		s.unverified(kind, name, id, "it could not be checked: "+reason(err, t.Redactor))
	case recorded && !t.replaced(err):
		s.unverified(kind, name, id, "it "+text.CleanLine(foreign.whose()))
	default:
		t.say("Not this run's: %s.", foreign.Error())
		return true
	}
	if s.err == nil {
		s.err = err
	}
	return true
}

// surveyPools finds the recorded pool and every pool that carries the run's
// tags, each with its children.
func (t *Task) surveyPools(ctx context.Context, w *awsenv.Environment, s *survey) {
	name, known := t.Names.UserPool(), t.resource(KindUserPool).ID
	found, err := findPools(ctx, w, name)
	t.missed(s, KindUserPool, name, known, err)
	// What the record names counts even where the list does not show it.
	if known != "" && !slices.ContainsFunc(found, func(p *cognitotypes.UserPoolType) bool { return aws.ToString(p.Id) == known }) {
		pool, err := describePool(ctx, w, known)
		if err == nil {
			found = append(found, pool)
		} else if !isGone(err) {
			t.missed(s, KindUserPool, name, known, err)
		}
	}
	for _, p := range found {
		id := aws.ToString(p.Id)
		if t.missed(s, KindUserPool, name, id, t.verified(w, KindUserPool, name, id, p.UserPoolTags)) {
			continue
		}
		s.add(KindUserPool, name, id, aws.ToString(p.Arn))
		t.surveyPool(ctx, w, p, s)
	}
	if s.unsure(KindUserPool) && !s.has(KindUserPool) {
		t.unsureChildren(s, "its user pool could not be checked", KindDomain, KindResourceServer, KindClient)
	}
}

// unsureChildren lists what the record has of children whose parent could not
// be verified.
func (t *Task) unsureChildren(s *survey, reason string, kinds ...string) {
	for _, kind := range kinds {
		if x := t.resource(kind); !x.Made.IsZero() {
			s.unverified(kind, x.Name, x.ID, reason)
		}
	}
}

func (t *Task) surveyPool(ctx context.Context, w *awsenv.Environment, p *cognitotypes.UserPoolType, s *survey) {
	for _, d := range []string{aws.ToString(p.Domain), aws.ToString(p.CustomDomain)} {
		if d != "" {
			s.add(KindDomain, d, d, "")
		}
	}
	id := t.Names.ResourceServer()
	_, err := w.Cognito.DescribeResourceServer(ctx, &cognito.DescribeResourceServerInput{UserPoolId: p.Id, Identifier: &id})
	if !isGone(err) && !t.missed(s, KindResourceServer, id, id, err) {
		s.add(KindResourceServer, id, id, "")
	}
	client, err := findClient(ctx, w, aws.ToString(p.Id), t.Names.Client())
	if !t.missed(s, KindClient, t.Names.Client(), t.resource(KindClient).ID, err) && client != "" {
		s.add(KindClient, t.Names.Client(), client, "")
	}
}

// surveyRole looks for a role of the run's, whether or not it uses another one
// by now. What the run created goes with it, even where --role-arn has named it.
func (t *Task) surveyRole(ctx context.Context, w *awsenv.Environment, s *survey) {
	name := t.Names.Role()
	role, err := t.ownRole(ctx, w)
	if t.missed(s, KindRole, name, name, err) || role == nil {
		return
	}
	s.add(KindRole, name, name, aws.ToString(role.Arn))
}

func (t *Task) surveyGateway(ctx context.Context, w *awsenv.Environment, s *survey) {
	name := t.Names.Gateway()
	g, err := t.ownGateway(ctx, w)
	if t.missed(s, KindGateway, name, t.resource(KindGateway).ID, err) {
		if s.unsure(KindGateway) {
			t.unsureChildren(s, "its gateway could not be checked", KindTarget)
		}
		return
	}
	if g == nil {
		return
	}
	s.add(KindGateway, name, aws.ToString(g.GatewayId), aws.ToString(g.GatewayArn))
	targets, err := t.targetIDs(ctx, w, aws.ToString(g.GatewayId))
	t.missed(s, KindTarget, t.Names.Target(), t.resource(KindTarget).ID, err)
	for name, id := range targets {
		s.add(KindTarget, name, id, "")
	}
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
