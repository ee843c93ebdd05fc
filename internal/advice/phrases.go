package advice

import "regexp"

// Phrase is a wording by which a service that has no code for a cause tells it.
type Phrase struct {
	Cause  Cause
	Words  *regexp.Regexp
	Source string // where the wording comes from: a page, a specification, a reported incident
}

// Words compiles a wording; letters of either case match it, and it may span
// lines.
func Words(pattern string) *regexp.Regexp { return regexp.MustCompile("(?is)" + pattern) }

// find returns the cause of the phrase that comes first in a text: services
// give the reason before the details. Of two that begin together, the longer
// one counts. The order of the phrases does not matter.
func find(text string, lists ...[]Phrase) Cause {
	var first []int
	var cause Cause
	for _, list := range lists {
		for _, p := range list {
			at := p.Words.FindStringIndex(text)
			if at != nil && (first == nil || at[0] < first[0] || at[0] == first[0] && at[1] > first[1]) {
				first, cause = at, p.Cause
			}
		}
	}
	return cause
}

// awsProse are the wordings of AWS's services, the gateway among them, for
// which their codes do not tell the cause. What a refusal says is in denial.go.
var awsProse = []Phrase{
	{AccountNotActive, Words(`needs a subscription for the service`), "Cognito's SubscriptionRequiredException (webiny/webiny-js#1517)"},
	{SessionOver, Words(`invalid or expired session`), "aws/bedrock-agentcore-sdk-typescript#37"},
	{ProtocolNotOffered, Words(`requires MCP version`), "AgentCore gateway: “URL elicitation requires MCP version 2025-11-25 or newer” (a reported answer)"},
	{ProtocolNotOffered, Words(`unsupported\b.*\bprotocol version|protocol version\b.*\bunsupported`), "MCP specification 2025-11-25, basic/transports"},
	{ReturnURLNotRegistered, Words(`\b(callback|return) ?url\b.*\bnot registered\b|\bnot registered for agent ?identity\b`), "AgentCore developer guide, “OAuth 2.0 authorization URL session binding”"},
	{ReturnURLNotRegistered, Words(`\bmust register\b.*ResourceOauth2ReturnUrl`), "agentcore-samples#528"},
	{StillCreatingOrUpdating, changing, "agentcore-samples#1145: “Cannot perform operation CreateGatewayTarget when gateway is in CREATING status”"},
}

var changing = Words(`\bin (CREATING|UPDATING|SYNCHRONIZING|DELETING) (status|state)\b`)

// opaque is how the gateway answers where it tells no reason (AgentCore
// developer guide, “Debug messages”: without exceptionLevel DEBUG).
var opaque = Words(`internal error occurred\. please retry later`)

// unanswered is the gateway's own wording for a request to an API that got no
// answer that it can use.
var unanswered = Words(`OpenAPIClientException`)

// localProse are errors of Go's library that have no type.
var localProse = []Phrase{
	{CertificateNotTrusted, Words(`x509:`), "Go, crypto/tls"},
	{StateFolder, Words(`\$HOME is not defined`), "Go, os.UserHomeDir"},
}
