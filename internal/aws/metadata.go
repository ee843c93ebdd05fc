package aws

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// metadataLimit is the time limit for the instance metadata service if nothing says
// that it exists. The SDK alone would wait for seconds.
const metadataLimit = time.Second

// looksLikeEC2 reads the hypervisor's identification (AWS, "Identify EC2
// instances").
func looksLikeEC2() bool {
	for path, prefix := range map[string]string{
		"/sys/devices/virtual/dmi/id/sys_vendor":      "Amazon EC2",
		"/sys/devices/virtual/dmi/id/board_asset_tag": "i-",
		"/sys/hypervisor/uuid":                        "ec2",
	} {
		if raw, err := os.ReadFile(path); err == nil && strings.HasPrefix(strings.TrimSpace(string(raw)), prefix) {
			return true
		}
	}
	return false
}

// metadata returns the credentials of the instance's role. It is used if a profile
// says so, or if nothing else is configured.
func (c *chain) metadata(profile string, guess bool) aws.CredentialsProvider {
	way := Way{Provider: ProviderMetadata, Profile: profile}
	role := aws.NewCredentialsCache(ec2rolecreds.New(func(o *ec2rolecreds.Options) {
		o.Client = imds.NewFromConfig(aws.Config{ConfigSources: c.cfg.ConfigSources})
	}))
	limited := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		if guess {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, metadataLimit)
			defer cancel()
		}
		return role.Retrieve(ctx)
	})
	return c.add(way, limited, func(err error) *SignInError {
		e := &SignInError{Cause: NoInstanceRole, What: "the instance metadata service gave no credentials of a role", Err: err}
		if strings.EqualFold(c.env("AWS_EC2_METADATA_DISABLED"), "true") {
			e.What, e.Err = "the instance metadata service is switched off by AWS_EC2_METADATA_DISABLED", nil
		}
		return e
	})
}
