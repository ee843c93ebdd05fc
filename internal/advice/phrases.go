package advice

import "agentcore-3lo/internal/pattern"

// Phrase is a service's wording of a cause for which it has no code.
type Phrase struct {
	Cause  Cause
	Words  *pattern.Pattern
	Source string // where the wording comes from: a page, a specification, a reported incident
}

// Words compiles a wording. It ignores case, and may span lines.
func Words(wording string) *pattern.Pattern { return pattern.New("(?is)" + wording) }

// find returns the cause of the first phrase in a text, since services give the
// reason before the details. If two begin at the same place, the longer one counts.
// The order of the phrases does not matter.
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

// awsProse are wordings of AWS services, including the gateway, whose codes do not
// tell the cause. Denials are in denial.go.
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

// opaque is the gateway's answer if it gives no reason (AgentCore
// developer guide, “Debug messages”: without exceptionLevel DEBUG).
var opaque = Words(`internal error occurred\. please retry later`)

// unanswered is the gateway's wording if the API behind the tool gave no usable
// answer.
var unanswered = Words(`OpenAPIClientException`)

// localProse are errors of the Go library without a type.
var localProse = []Phrase{
	{CertificateNotTrusted, Words(`x509:`), "Go, crypto/tls"},
	{StateFolder, Words(`\$HOME is not defined`), "Go, os.UserHomeDir"},
}
