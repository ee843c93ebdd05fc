// Package identity simulates AgentCore Identity's data plane: authorization
// sessions, the pages between the vendor and the application, and the token vault.
package identity

import (
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

const (
	// RequestURN is the prefix of every session's URN.
	RequestURN = "urn:ietf:params:oauth:request_uri:"

	sessionLifetime = 10 * time.Minute

	forRequest  = "request uri"
	forState    = "state"
	forWorkload = "workload access token"
)

// Refusal is what AgentCore Identity does after the user chose Cancel at the
// vendor. The behaviour of the real service is not known, so it can be chosen.
type Refusal string

const (
	// RefusalWithError returns to the return URL with session_id, error and error_description.
	RefusalWithError Refusal = "with-error"
	// RefusalBare returns with error only, without the session.
	RefusalBare Refusal = "bare"
	// RefusalDeadEnd shows a page of AgentCore and does not return.
	RefusalDeadEnd Refusal = "dead-end"
)

// Vendor is the identity provider at which users sign in.
type Vendor interface {
	// Grant returns the grant for which an authorization code was issued.
	Grant(code string) (id string, ok bool)
	// Redeem exchanges a grant's code; problem is "" on success.
	Redeem(w *state.World, grant, clientID, secretHash, redirectURI string, now time.Time) (problem string)
	// AccessToken returns the access token of a redeemed grant.
	AccessToken(grant string) string
}

// Service is AgentCore Identity's data plane.
type Service struct {
	Store   *state.Store
	Pages   *site.Pages
	Vendor  Vendor
	Refusal Refusal
}

// API returns the service's AWS operations.
func (s *Service) API() aws.Service {
	return aws.Service{
		Name: "bedrock-agentcore", SignedAs: "bedrock-agentcore", Protocol: aws.RESTJSON, Permissions: s.requiredPermissions,
		Operations: map[string]aws.Handler{
			"CompleteResourceTokenAuth":       aws.Typed(s.completeTokenAuth),
			"GetWorkloadAccessToken":          aws.Typed(workloadToken),
			"GetWorkloadAccessTokenForJWT":    aws.Typed(workloadTokenForJWT),
			"GetWorkloadAccessTokenForUserId": aws.Typed(workloadTokenForUser),
			"GetResourceOauth2Token":          aws.Typed(s.resourceToken),
		},
	}
}

// Routes returns the pages between the vendor and the application.
func (s *Service) Routes() []site.Route {
	return []site.Route{
		{Pattern: "GET /identities/oauth2/authorize", Operation: "authorize", Serve: s.serveAuthorize},
		{Pattern: "GET /identities/oauth2/callback/{callback}", Operation: "callback", Serve: s.serveCallback},
	}
}

func (s *Service) requiredPermissions(c *aws.Call) []aws.Permission {
	switch c.Operation {
	case "CompleteResourceTokenAuth":
		return s.completionPermissions(c)
	case "GetResourceOauth2Token":
		return resourceTokenPermissions(c)
	default:
		return aws.Permissions(c.OwnAction(), state.WorkloadARNs(c.Region, c.Account, c.Text("workloadName"))...)
	}
}

// completionPermissions includes reading the provider's secret, with which the code
// is redeemed.
func (s *Service) completionPermissions(c *aws.Call) []aws.Permission {
	all := []aws.Permission{c.OwnPermission(state.VaultARN(c.Region, c.Account))}
	r, ses := s.session(c.World, forRequest, strings.TrimPrefix(c.Text("sessionUri"), RequestURN), c.Now)
	if ses == nil || r != c.Realm || r.Providers[ses.Provider] == nil {
		return all
	}
	return append(all, aws.Permission{Action: "secretsmanager:GetSecretValue", Resource: state.SecretARN(c.Region, c.Account, r.Providers[ses.Provider])})
}

func resourceTokenPermissions(c *aws.Call) []aws.Permission {
	name := c.Text("resourceCredentialProviderName")
	all := aws.Permissions(c.OwnAction(), state.VaultARN(c.Region, c.Account), state.ProviderARN(c.Region, c.Account, name), state.DirectoryARN(c.Region, c.Account))
	if p := c.Realm.Providers[name]; p != nil {
		all = append(all, aws.Permission{Action: "secretsmanager:GetSecretValue", Resource: state.SecretARN(c.Region, c.Account, p)})
	}
	return all
}
