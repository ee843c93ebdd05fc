package provision

import (
	"context"
	"path"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
)

// The gateway's workload identity may have a list of return URLs. An empty one
// means no check; once a URL is on it, every URL in use must be, the target's
// default too. An update replaces the whole list (AgentCore developer guide,
// "OAuth 2.0 authorization URL session binding").

// ReturnURLs reads the list of the run's gateway.
func ReturnURLs(ctx context.Context, s Scope) ([]string, error) {
	_, urls, err := returnURLs(ctx, s)
	return urls, err
}

// returnURLs reads the list and the identity's name, which is the gateway's ID if the
// gateway does not name it.
func returnURLs(ctx context.Context, s Scope) (identity string, urls []string, err error) {
	identity = s.Run.Resource(Gateway).ID
	g, err := s.AWS.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &identity})
	if err != nil {
		return "", nil, err
	}
	if d := g.WorkloadIdentityDetails; d != nil && aws.ToString(d.WorkloadIdentityArn) != "" {
		identity = path.Base(*d.WorkloadIdentityArn)
	}
	out, err := s.AWS.Control.GetWorkloadIdentity(ctx, &control.GetWorkloadIdentityInput{Name: &identity})
	if err != nil {
		return "", nil, err
	}
	return identity, out.AllowedResourceOauth2ReturnUrls, nil
}

// RegisterReturnURL adds the run's return URL and the target's default to the list. It
// returns the new list, and whether it was changed.
func RegisterReturnURL(ctx context.Context, s Scope) (all []string, added bool, err error) {
	if _, err := verifiedGateway(ctx, s, s.Run.Resource(Gateway).ID); err != nil {
		return nil, false, err // the workload identity is its child
	}
	identity, urls, err := returnURLs(ctx, s)
	if err != nil {
		return nil, false, err
	}
	wanted := []string{s.Run.Record().Settings.ReturnURL}
	have, err := Own(ctx, s, Target)
	if err != nil {
		return nil, false, err
	}
	if byDefault := defaultReturnURL(have); byDefault != "" {
		wanted = append(wanted, byDefault)
	}
	all = slices.Clone(urls)
	for _, u := range wanted {
		if !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	if len(all) == len(urls) {
		return all, false, nil
	}
	_, err = s.AWS.Control.UpdateWorkloadIdentity(ctx, &control.UpdateWorkloadIdentityInput{Name: &identity, AllowedResourceOauth2ReturnUrls: all})
	return all, err == nil, err
}

func defaultReturnURL(have *Found) string {
	if have == nil {
		return ""
	}
	if oauth := outbound(have.Detail.(*control.GetGatewayTargetOutput).CredentialProviderConfigurations); oauth != nil {
		return aws.ToString(oauth.DefaultReturnUrl)
	}
	return ""
}
