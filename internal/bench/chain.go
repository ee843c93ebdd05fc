//go:build linux

package main

import (
	"slices"
	"time"
)

// need is a call, or a state that AWS takes its time to reach, and what must have
// ended before it can begin.
type need struct {
	What  string
	Needs []string
	Why   string
}

// The states that take time. The call after each is the one that notices it.
const (
	domainActive  = "domain ACTIVE"
	gatewayReady  = "gateway READY"
	providerReady = "credential provider READY"
	targetReady   = "target READY"
	targetGone    = "target gone"
	gatewayGone   = "gateway gone"
	providerGone  = "credential provider gone"
)

// portal is the person at the developer portal, and consenting is the person at the
// consent page.
const (
	portal     = "person: portal"
	consenting = "person: consent"
)

// setup is what it takes from the start of the program to the profile. It follows
// from the services, not from the order in which the program calls them.
var setup = []need{
	{"GetCallerIdentity", nil, ""},
	{"ListUserPools", []string{"GetCallerIdentity"}, "the plan names the account, and nothing is created before the person has agreed to it"},
	{"GetRole", []string{"GetCallerIdentity"}, "as above"},
	{"ListGateways", []string{"GetCallerIdentity"}, "as above"},
	{"ListOauth2CredentialProviders", []string{"GetCallerIdentity"}, "as above"},
	{"CreateUserPool", agreed, ""},
	{"CreateUserPoolDomain", []string{"CreateUserPool"}, "names the pool"},
	{"CreateResourceServer", []string{"CreateUserPool"}, "names the pool"},
	{"CreateUserPoolClient", []string{"CreateResourceServer"}, "Cognito refuses a scope that does not exist"},
	{domainActive, []string{"CreateUserPoolDomain"}, ""},
	{"DescribeUserPoolDomain", []string{domainActive}, ""},
	{"discovery", []string{"DescribeUserPoolDomain"}, "names the token endpoint, which is at the domain"},
	{"token", []string{"discovery", "CreateUserPoolClient"}, ""},
	{"CreateRole", agreed, "its trust policy names the account"},
	{"PutRolePolicy", []string{"CreateRole"}, ""},
	{"CreateGateway", []string{"CreateUserPoolClient", "PutRolePolicy"}, "its authorizer names the app client"},
	{gatewayReady, []string{"CreateGateway"}, ""},
	{"GetGateway", []string{gatewayReady}, ""},
	{portal, agreed, ""},
	{"CreateOauth2CredentialProvider", []string{portal}, "takes the client secret"},
	{providerReady, []string{"CreateOauth2CredentialProvider"}, ""},
	{"GetOauth2CredentialProvider", []string{providerReady}, ""},
	{"CreateGatewayTarget", []string{"GetGateway", "GetOauth2CredentialProvider"}, "AgentCore refuses it before the gateway is READY"},
	{targetReady, []string{"CreateGatewayTarget"}, ""},
	{"GetGatewayTarget", []string{targetReady}, ""},
	{"tools/call", []string{"GetGatewayTarget", "token"}, "answers with the link"},
	{consenting, []string{"tools/call"}, ""},
	{"CompleteResourceTokenAuth", []string{consenting}, ""},
	{"tools/call 2", []string{"CompleteResourceTokenAuth"}, "answers with the profile"},
}

// agreed is what must be known before the person can agree to the plan.
var agreed = []string{"ListUserPools", "GetRole", "ListGateways", "ListOauth2CredentialProviders"}

// cleanup is what it takes to delete a run, from the start of the program on.
var cleanup = []need{
	{"GetCallerIdentity", nil, ""},
	{"GetGateway", []string{"GetCallerIdentity"}, "whose they are, is verified before anything is deleted"},
	{"ListTagsForResource", []string{"GetGateway"}, "takes the ARN"},
	{"ListGatewayTargets", []string{"ListTagsForResource"}, ""},
	{"DescribeUserPool", []string{"GetCallerIdentity"}, ""},
	{"GetRole", []string{"GetCallerIdentity"}, ""},
	{"DeleteGatewayTarget", []string{"ListGatewayTargets", "DescribeUserPool", "GetRole"}, "the person agrees to the whole list"},
	{targetGone, []string{"DeleteGatewayTarget"}, ""},
	{"GetGatewayTarget", []string{targetGone}, ""},
	{"DeleteGateway", []string{"GetGatewayTarget"}, "AgentCore refuses it while there are targets"},
	{gatewayGone, []string{"DeleteGateway"}, ""},
	{"GetGateway 2", []string{gatewayGone}, ""},
	{"DeleteRolePolicy", []string{"GetGateway 2"}, "without its role, a gateway cannot be deleted"},
	{"DeleteRole", []string{"DeleteRolePolicy"}, "IAM refuses it while there are policies"},
	{"GetRole 2", []string{"DeleteRole"}, ""},
	{"DeleteOauth2CredentialProvider", []string{"GetGatewayTarget"}, "a target uses it"},
	{providerGone, []string{"DeleteOauth2CredentialProvider"}, ""},
	{"GetOauth2CredentialProvider", []string{providerGone}, ""},
	{"DescribeUserPoolDomain", []string{"ListGatewayTargets", "DescribeUserPool", "GetRole"}, ""},
	{"DeleteUserPoolDomain", []string{"DescribeUserPoolDomain"}, "Cognito refuses it while the domain is created"},
	{"DeleteUserPool", []string{"DeleteUserPoolDomain"}, "Cognito refuses it while there is a domain"},
	{"ListGateways", []string{"GetRole 2", "GetOauth2CredentialProvider", "DeleteUserPool"}, "the proof: everything is looked up once more"},
}

// longest returns how long the longest chain of needs takes, and what is in it. lasts
// says how long each takes.
func longest(all []need, lasts func(what string) time.Duration) (total time.Duration, chain []string) {
	type end struct {
		at    time.Duration
		chain []string
	}
	ends := map[string]end{}
	for _, n := range all { // what is needed comes before what needs it
		var last end
		for _, what := range n.Needs {
			if e, known := ends[what]; known && e.at >= last.at {
				last = e
			}
		}
		e := end{last.at + lasts(n.What), append(slices.Clone(last.chain), n.What)}
		ends[n.What] = e
		if e.at >= total {
			total, chain = e.at, e.chain
		}
	}
	return total, chain
}
