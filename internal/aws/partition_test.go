package aws_test

import (
	"strings"
	"testing"

	awsenv "agentcore-3lo/internal/aws"
)

func TestEveryPartitionHasItsOwnHostsAndARNs(t *testing.T) {
	for region, want := range map[string][2]string{
		"us-east-1":       {"aws", "amazonaws.com"},
		"ap-southeast-7":  {"aws", "amazonaws.com"},
		"xx-nowhere-1":    {"aws", "amazonaws.com"},
		"cn-north-1":      {"aws-cn", "amazonaws.com.cn"},
		"cn-northwest-1":  {"aws-cn", "amazonaws.com.cn"},
		"us-gov-east-1":   {"aws-us-gov", "amazonaws.com"},
		"us-iso-west-1":   {"aws-iso", "c2s.ic.gov"},
		"us-isob-east-1":  {"aws-iso-b", "sc2s.sgov.gov"},
		"eu-isoe-west-1":  {"aws-iso-e", "cloud.adc-e.uk"},
		"us-isof-south-1": {"aws-iso-f", "csp.hci.ic.gov"},
		"eusc-de-east-1":  {"aws-eusc", "amazonaws.eu"},
	} {
		if p := awsenv.PartitionOf(region); p.ID != want[0] || p.DNSSuffix != want[1] {
			t.Errorf("%s: %+v", region, p)
		}
		for name, mode := range map[string]map[string]string{"": {}, " FIPS": {"AWS_USE_FIPS_ENDPOINT": "true"}, " dual-stack": {"AWS_USE_DUALSTACK_ENDPOINT": "true"}} {
			t.Run(region+name, func(t *testing.T) {
				clean(t, and(keys, map[string]string{"AWS_REGION": region}, mode))
				w, err := awsenv.Open(t.Context(), awsenv.Options{})
				if err != nil {
					t.Fatal(err)
				}
				w.Partition, w.Account = want[0], "111122223333"
				if got := w.ARN("bedrock-agentcore", "gateway/x"); got != "arn:"+want[0]+":bedrock-agentcore:"+region+":111122223333:gateway/x" {
					t.Error(got)
				}
				discovery := w.DiscoveryURL("pool")
				host, rest, _ := strings.Cut(strings.TrimPrefix(discovery, "https://"), "/")
				prefix, suffix := "cognito-idp."+region+".", want[1]
				if mode["AWS_USE_FIPS_ENDPOINT"] != "" {
					prefix = "cognito-idp-fips." + region + "."
				}
				if mode["AWS_USE_DUALSTACK_ENDPOINT"] != "" && want[0] != "aws" { // where Cognito's usual hosts are dual-stack themselves
					suffix = strings.TrimPrefix(host, prefix)
					if !strings.HasPrefix(suffix, "api.") {
						t.Errorf("no dual-stack host: %s", discovery)
					}
				}
				if host != prefix+suffix || rest != "pool/.well-known/openid-configuration" {
					t.Error(discovery)
				}
			})
		}
	}
}
