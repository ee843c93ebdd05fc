package policy

import (
	"testing"

	"agentcore-3lo/internal/sandbox/state"
)

func TestPolicyEvaluator(t *testing.T) {
	const gatewayARN = "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/g-0123456789"
	const resource = "arn:aws:bedrock-agentcore:us-east-1:111122223333:token-vault/default"
	for _, c := range []struct {
		name      string
		documents []string
		want      bool
	}{
		{"nothing", nil, false},
		{"all", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}, true},
		{"one statement, not a list", []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`}, true},
		{"action by wildcard", []string{`{"Statement":[{"Effect":"Allow","Action":"bedrock-agentcore:GetResource*","Resource":"*"}]}`}, true},
		{"actions do not mind case", []string{`{"Statement":[{"Effect":"Allow","Action":"Bedrock-AgentCore:getresourceoauth2token","Resource":"*"}]}`}, true},
		{"another action", []string{`{"Statement":[{"Effect":"Allow","Action":"bedrock-agentcore:GetGateway","Resource":"*"}]}`}, false},
		{"the resource", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":["x","` + resource + `"]}]}`}, true},
		{"resources mind case", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"ARN:aws:bedrock-agentcore:*"}]}`}, false},
		{"a question mark is one character", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"` + resource[:len(resource)-1] + `?"}]}`}, true},
		{"a dot is a dot", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn.aws:bedrock-agentcore:*"}]}`}, false},
		{"deny wins over another document", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, `{"Statement":[{"Effect":"Deny","Action":"bedrock-agentcore:*","Resource":"*"}]}`}, false},
		{"NotAction", []string{`{"Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]}`}, true},
		{"NotResource", []string{`{"Statement":[{"Effect":"Allow","Action":"*","NotResource":"` + resource + `"}]}`}, false},
		{"account holds", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`}, true},
		{"account does not hold", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"222233334444"}}}]}`}, false},
		{"ARN like", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:bedrock-agentcore:*:*:gateway/g-*"}}}]}`}, true},
		{"ARN equals another", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:bedrock-agentcore:*:*:gateway/h-*"}}}]}`}, false},
		{"every condition has to hold", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:SourceAccount":"1111*"},"StringEquals":{"aws:SourceArn":"x"}}}]}`}, false},
		{"unknown operator", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SourceAccount":"true"}}}]}`}, false},
		{"unknown key", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o"}}}]}`}, false},
		{"unknown key if it exists", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o"}}}]}`}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &state.Role{Account: "111122223333", Inline: map[string]string{}}
			for i, document := range c.documents {
				r.Inline[string(rune('a'+i))] = document
			}
			if got := Permits(r, "bedrock-agentcore:GetResourceOauth2Token", resource, gatewayARN); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestTrust(t *testing.T) {
	const gatewayARN = "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/g-0123456789"
	const allow = `{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":`
	for document, want := range map[string]bool{
		allow + `{"Service":"bedrock-agentcore.amazonaws.com"}}]}`:                          true,
		allow + `{"Service":["lambda.amazonaws.com","bedrock-agentcore.amazonaws.com"]}}]}`: true,
		allow + `"*"}]}`: true,
		allow + `{"AWS":"arn:aws:iam::111122223333:root"}}]}`:                                                                                false,
		allow + `{"Service":"bedrock-agentcore.amazonaws.com"},"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`:         true,
		allow + `{"Service":"bedrock-agentcore.amazonaws.com"},"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:*:*:*:gateway/other-*"}}}]}`: false,
	} {
		r := &state.Role{Account: "111122223333", Trust: document}
		if got := Trusts(r, gatewayARN); got != want {
			t.Errorf("%s: got %v", document, got)
		}
	}
}
