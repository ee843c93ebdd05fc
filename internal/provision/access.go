package provision

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
)

// CheckAccess reads from each service that the run will use, before anything is
// created: other services may refuse credentials that STS accepts, and a region may
// not have a service. The caller's policy allows these calls.
func CheckAccess(ctx context.Context, s Scope) error {
	w := s.AWS
	s.Tell(event.Progress{What: "checking access", State: "asking Cognito, IAM and AgentCore"})
	one := aws.Int32(1)
	checks := []struct {
		service string
		read    func() error
	}{
		{"Cognito", func() error {
			_, err := w.Cognito.ListUserPools(ctx, &cognito.ListUserPoolsInput{MaxResults: one})
			return err
		}},
		{"IAM", func() error { return CheckRoles(ctx, s) }},
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
		all.Go(func() { failed[i] = Guarded(check.read) })
	}
	all.Wait()
	for i, check := range checks {
		var p advice.Problem
		if err := failed[i]; errors.As(err, &p) {
			return err // it has its own words
		} else if err != nil {
			return advice.Fail("checking access to "+check.service+" in "+w.Region, &advice.Unavailable{Service: check.service, Region: w.Region, Regions: RegionsLike(w.Region), Err: err})
		}
	}
	return nil
}

// RegionsLike are the regions that have AgentCore in the partition of a region.
func RegionsLike(region string) []string {
	var all []string
	for _, r := range Regions {
		if awsenv.PartitionOf(r) == awsenv.PartitionOf(region) {
			all = append(all, r)
		}
	}
	return all
}

// Regions had Gateway and Identity when this was written (AgentCore developer
// guide, "Supported AWS Regions"). The list grows: another region is no error.
var Regions = strings.Fields(`us-east-1 us-east-2 us-west-1 us-west-2 eu-central-1 eu-west-1 eu-west-2 eu-west-3
	eu-south-1 eu-south-2 eu-north-1 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-5 ap-southeast-7
	ap-northeast-1 ap-northeast-2 ca-central-1 sa-east-1 us-gov-west-1`)
