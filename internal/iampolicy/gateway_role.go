// Package iampolicy has the IAM policies of the gateway's role and of its creator.
package iampolicy

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
)

// AgentCorePrincipal is AgentCore's service principal. Service principals end
// with amazonaws.com in every partition (IAM user guide, "AWS service
// principals").
const AgentCorePrincipal = "bedrock-agentcore.amazonaws.com"

// Document is an IAM policy document.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement is one of a policy's statements.
type Statement struct {
	Sid       string         `json:",omitempty"`
	Effect    string         //
	Principal map[string]any `json:",omitempty"`
	Action    []string
	Resource  []string                     `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

// String is the document as JSON.
func (d Document) String() string {
	raw, _ := json.Marshal(d) // strings and maps of strings always marshal
	return string(raw)
}

// TrustPolicy lets AgentCore assume the role for this account's gateway of this
// run only (AgentCore developer guide, "Gateway service role").
func TrustPolicy(w *awsenv.Environment, n run.Names) Document {
	return Document{"2012-10-17", []Statement{{
		Effect:    "Allow",
		Principal: map[string]any{"Service": AgentCorePrincipal},
		Action:    []string{"sts:AssumeRole"},
		Condition: map[string]map[string]string{
			"StringEquals": {"aws:SourceAccount": w.Account},
			"ArnLike":      {"aws:SourceArn": w.ARN("bedrock-agentcore", "gateway/"+n.GatewayPattern())},
		},
	}}}
}

// OutboundPolicy is exactly what a gateway needs to fetch a user's token. It names
// resources by pattern, because they may not exist yet.
func OutboundPolicy(w *awsenv.Environment, n run.Names) Document {
	const directory = "workload-identity-directory/default"
	arn := func(resource string) string { return w.ARN("bedrock-agentcore", resource) }
	identities := []string{arn(directory), arn(directory + "/workload-identity/" + n.GatewayPattern())}
	return Document{"2012-10-17", []Statement{
		{Sid: "WorkloadIdentity", Effect: "Allow",
			Action:   []string{"bedrock-agentcore:GetWorkloadAccessToken", "bedrock-agentcore:GetWorkloadAccessTokenForJWT"},
			Resource: identities},
		{Sid: "UserToken", Effect: "Allow",
			Action: []string{"bedrock-agentcore:GetResourceOauth2Token"},
			Resource: append([]string{arn("token-vault/default"), arn("token-vault/default/oauth2credentialprovider/" + n.Provider())},
				identities...)},
		{Sid: "ProviderSecret", Effect: "Allow",
			Action:   []string{"secretsmanager:GetSecretValue"},
			Resource: []string{w.ARN("secretsmanager", "secret:bedrock-agentcore-identity!default/oauth2/"+n.Provider()+"-*")}},
		{Sid: "Itself", Effect: "Allow",
			Action:   []string{"bedrock-agentcore:GetGateway"},
			Resource: []string{arn("gateway/" + n.GatewayPattern())}},
	}}
}

// Decoded is a document as it was written: IAM returns it URL-encoded.
func Decoded(document string) string {
	if plain, err := url.QueryUnescape(document); err == nil && strings.HasPrefix(strings.TrimSpace(document), "%7B") {
		return plain
	}
	return document
}

// Same compares a policy document that IAM returned with the one that is
// desired, by meaning.
func Same(got, wanted string) bool { return SameJSON(Decoded(got), wanted) }

// SameJSON compares two JSON texts by meaning.
func SameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}
