package aws

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// Partition is an AWS partition, with its own accounts, ARNs and host names.
type Partition struct {
	ID        string // in ARNs
	DNSSuffix string // of host names

	regions string // prefix of its regions
}

// partitions are those of aws-sdk-go-v2 (internal/endpoints/awsrulesfn/partitions.json),
// which does not export them. Any other region is in the first one.
var partitions = []Partition{
	{"aws", "amazonaws.com", ""},
	{"aws-cn", "amazonaws.com.cn", "cn-"},
	{"aws-us-gov", "amazonaws.com", "us-gov-"},
	{"aws-iso", "c2s.ic.gov", "us-iso-"},
	{"aws-iso-b", "sc2s.sgov.gov", "us-isob-"},
	{"aws-iso-e", "cloud.adc-e.uk", "eu-isoe-"},
	{"aws-iso-f", "csp.hci.ic.gov", "us-isof-"},
	{"aws-eusc", "amazonaws.eu", "eusc-"},
}

// PartitionOf returns the partition of a region.
func PartitionOf(region string) Partition {
	for _, p := range partitions[1:] {
		if strings.HasPrefix(region, p.regions) {
			return p
		}
	}
	return partitions[0]
}

// DNSSuffix is the suffix of AWS's host names in this region.
func (w *Environment) DNSSuffix() string { return PartitionOf(w.Region).DNSSuffix }

// ARN writes an ARN of this account and region.
func (w *Environment) ARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", w.Partition, service, w.Region, w.Account, resource)
}

// DiscoveryURL is where the OpenID configuration of a user pool is (Amazon
// Cognito, "Verifying JSON web tokens"): on the API's host, so that a custom
// endpoint, FIPS and dual-stack apply to it, too.
func (w *Environment) DiscoveryURL(poolID string) string {
	return strings.TrimSuffix(w.cognitoEndpoint(), "/") + "/" + poolID + "/.well-known/openid-configuration"
}

func (w *Environment) cognitoEndpoint() string {
	o := w.Cognito.Options()
	if o.BaseEndpoint != nil {
		return *o.BaseEndpoint
	}
	resolved, err := o.EndpointResolverV2.ResolveEndpoint(context.Background(), cognitoidentityprovider.EndpointParameters{Region: &w.Region,
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	})
	if err != nil { // every call to Cognito fails with a better error
		return "https://cognito-idp." + w.Region + "." + w.DNSSuffix()
	}
	return resolved.URI.String()
}
