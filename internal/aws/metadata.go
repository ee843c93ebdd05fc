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

// metadataLimit bounds the first question to the instance metadata service:
// where it is absent, the SDK alone would wait for seconds.
const metadataLimit = time.Second

// looksLikeEC2 reads what the hypervisor says of itself (AWS, "Identify EC2
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

// withInstanceMetadata asks the instance's role only when everything else in
// the chain had nothing.
func withInstanceMetadata(chain aws.CredentialsProvider) aws.CredentialsProvider {
	if strings.EqualFold(os.Getenv("AWS_EC2_METADATA_DISABLED"), "true") {
		return chain
	}
	role := ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = imds.New(imds.Options{}) })
	return aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		found, err := chain.Retrieve(ctx)
		if err == nil || !strings.Contains(err.Error(), "no EC2 IMDS role found") {
			return found, err
		}
		limited, cancel := context.WithTimeout(ctx, metadataLimit)
		defer cancel()
		found, roleErr := role.Retrieve(limited)
		if roleErr != nil {
			return found, err
		}
		return found, nil
	}))
}
