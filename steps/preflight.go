package steps

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
)

// checkAccess reads from each service that the run will use, before anything is
// created: credentials that STS accepts may be refused elsewhere, and a region
// may lack a service. The caller's policy allows all of these.
func (t *Task) checkAccess(ctx context.Context, w *awsenv.Environment) error {
	t.Tell(Progress{"checking access: asking Cognito, IAM and AgentCore"})
	one := aws.Int32(1)
	checks := []struct {
		service string
		read    func() error
	}{
		{"Cognito", func() error {
			_, err := w.Cognito.ListUserPools(ctx, &cognito.ListUserPoolsInput{MaxResults: one})
			return err
		}},
		{"IAM", func() error { return t.checkRoles(ctx, w) }},
		{"AgentCore Gateway", func() error {
			_, err := w.Control.ListGateways(ctx, &control.ListGatewaysInput{MaxResults: one})
			return err
		}},
		{"AgentCore Identity", func() error {
			_, err := w.Control.ListOauth2CredentialProviders(ctx, &control.ListOauth2CredentialProvidersInput{MaxResults: one})
			return err
		}},
	}
	failed := make([]error, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() { failed[i] = t.guarded(check.read) })
	}
	all.Wait()
	for i, check := range checks {
		var p Problem
		if err := failed[i]; errors.As(err, &p) {
			return err // it has its own words
		} else if err != nil {
			return fail("checking access to "+check.service+" in "+w.Region, &advice.Unavailable{Service: check.service, Region: w.Region, Regions: regionsLike(w.Region), Err: err})
		}
	}
	return nil
}

// regionsLike are the regions that have AgentCore in the partition of a region.
func regionsLike(region string) []string {
	var all []string
	for _, r := range agentCoreRegions {
		if awsenv.PartitionOf(r) == awsenv.PartitionOf(region) {
			all = append(all, r)
		}
	}
	return all
}
