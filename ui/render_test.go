package ui

import "testing"

func TestEndpointsStandInOneOrder(t *testing.T) {
	all := map[string]string{"AWS_ENDPOINT_URL_STS": "http://b", "AWS_ENDPOINT_URL_IAM": "http://b", "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": "http://a"}
	for range 20 {
		got := endpointLines(all)
		if len(got) != 2 || got[0] != "http://a for bedrock-agentcore" || got[1] != "http://b for iam, sts" {
			t.Fatalf("%q", got)
		}
	}
}
