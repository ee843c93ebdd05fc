package steps

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	awsenv "agentcore-3lo/internal/aws"
)

// The names begin with the tutorial's own words, so only such resources are
// asked for their tags: an account may hold hundreds of others.

func (t *Task) eachPool(ctx context.Context, w *awsenv.Environment, note func(map[string]string)) error {
	pages := paged(cognito.NewListUserPoolsPaginator(w.Cognito, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.UserPools {
			if !strings.HasPrefix(aws.ToString(p.Name), Names{}.UserPool()) {
				continue
			}
			pool, err := describePool(ctx, w, aws.ToString(p.Id))
			if isGone(err) {
				continue
			}
			if err != nil {
				return err
			}
			note(pool.UserPoolTags)
		}
	}
	return nil
}

func (t *Task) eachGateway(ctx context.Context, w *awsenv.Environment, note func(map[string]string)) error {
	pages := paged(control.NewListGatewaysPaginator(w.Control, &control.ListGatewaysInput{}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if !strings.HasPrefix(aws.ToString(item.Name), Names{}.Gateway()) {
				continue
			}
			g, err := w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: item.GatewayId})
			if isGone(err) {
				continue
			}
			if err != nil {
				return err
			}
			if err := noteTags(ctx, w, aws.ToString(g.GatewayArn), note); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Task) eachProvider(ctx context.Context, w *awsenv.Environment, note func(map[string]string)) error {
	pages := paged(control.NewListOauth2CredentialProvidersPaginator(w.Control, &control.ListOauth2CredentialProvidersInput{}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.CredentialProviders {
			if !strings.HasPrefix(aws.ToString(p.Name), Names{}.Provider()) {
				continue
			}
			if err := noteTags(ctx, w, aws.ToString(p.CredentialProviderArn), note); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Task) eachRole(ctx context.Context, w *awsenv.Environment, note func(map[string]string)) error {
	pages := paged(iam.NewListRolesPaginator(w.IAM, &iam.ListRolesInput{}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.Roles {
			if !strings.HasPrefix(aws.ToString(r.RoleName), Names{}.Role()) {
				continue
			}
			out, err := w.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: r.RoleName}) // ListRoles leaves tags out
			if isGone(err) {
				continue
			}
			if err != nil {
				return err
			}
			tags := map[string]string{}
			for _, tag := range out.Role.Tags {
				tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
			}
			note(tags)
		}
	}
	return nil
}

func noteTags(ctx context.Context, w *awsenv.Environment, arn string, note func(map[string]string)) error {
	out, err := w.Control.ListTagsForResource(ctx, &control.ListTagsForResourceInput{ResourceArn: &arn})
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		return nil // its run is found by its other parts, or stays unknown
	}
	note(out.Tags)
	return nil
}
