// Package identity plays AgentCore Identity's data plane: authorization sessions,
// the pages between the vendor and the application, and the token vault.
package identity

import (
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

const (
	// RequestURN begins the name of every authorization request.
	RequestURN = "urn:ietf:params:oauth:request_uri:"

	sessionLifetime = 10 * time.Minute

	forRequest  = "request uri"
	forState    = "state"
	forWorkload = "workload access token"
)

// Refusal is what AgentCore Identity does after the person chose Cancel at the
// vendor. What the real service does is not known, so it can be chosen.
type Refusal string

const (
	// RefusalWithError returns to the return URL with session_id, error and error_description.
	RefusalWithError Refusal = "with-error"
	// RefusalBare returns with error alone, so that nothing says which session it was.
	RefusalBare Refusal = "bare"
	// RefusalDeadEnd shows a page of AgentCore's and does not return.
	RefusalDeadEnd Refusal = "dead-end"
)

// Vendor is the identity provider that knows the users.
type Vendor interface {
	// Grant is the grant that an authorization code was issued for.
	Grant(code string) (id string, ok bool)
	// Redeem exchanges a grant's code; problem is "" on success.
	Redeem(w *state.World, grant, clientID, secretHash, redirectURI string, now time.Time) (problem string)
	// AccessToken is the access token of a redeemed grant.
	AccessToken(grant string) string
}

// Service is AgentCore Identity's data plane.
type Service struct {
	Store   *state.Store
	Pages   *site.Pages
	Vendor  Vendor
	Refusal Refusal
}

// API is the service's part of AWS's API.
func (s *Service) API() aws.Service {
	return aws.Service{
		Name: "bedrock-agentcore", SignedAs: "bedrock-agentcore", Protocol: aws.RESTJSON, Needs: s.needs,
		Operations: map[string]aws.Handler{
			"CompleteResourceTokenAuth":       aws.On(s.completeTokenAuth),
			"GetWorkloadAccessToken":          aws.On(workloadToken),
			"GetWorkloadAccessTokenForJWT":    aws.On(workloadTokenForJWT),
			"GetWorkloadAccessTokenForUserId": aws.On(workloadTokenForUser),
			"GetResourceOauth2Token":          aws.On(s.resourceToken),
		},
	}
}

// Routes are the pages between the vendor and the application.
func (s *Service) Routes() []site.Route {
	return []site.Route{
		{Pattern: "GET /identities/oauth2/authorize", Operation: "authorize", Serve: s.serveAuthorize},
		{Pattern: "GET /identities/oauth2/callback/{callback}", Operation: "callback", Serve: s.serveCallback},
	}
}

func (s *Service) needs(c *aws.Call) []aws.Need {
	switch c.Operation {
	case "CompleteResourceTokenAuth":
		return s.completionNeeds(c)
	case "GetResourceOauth2Token":
		return resourceTokenNeeds(c)
	default:
		return aws.Needs(c.OwnAction(), state.WorkloadARNs(c.Region, c.Account, c.Text("workloadName"))...)
	}
}

// completionNeeds: the provider's secret is read to redeem the code.
func (s *Service) completionNeeds(c *aws.Call) []aws.Need {
	all := []aws.Need{c.Own(state.VaultARN(c.Region, c.Account))}
	r, ses := s.session(c.World, forRequest, strings.TrimPrefix(c.Text("sessionUri"), RequestURN), c.Now)
	if ses == nil || r != c.Realm || r.Providers[ses.Provider] == nil {
		return all
	}
	return append(all, aws.Need{Action: "secretsmanager:GetSecretValue", Resource: state.SecretARN(c.Region, c.Account, r.Providers[ses.Provider])})
}

func resourceTokenNeeds(c *aws.Call) []aws.Need {
	name := c.Text("resourceCredentialProviderName")
	all := aws.Needs(c.OwnAction(), state.VaultARN(c.Region, c.Account), state.ProviderARN(c.Region, c.Account, name), state.DirectoryARN(c.Region, c.Account))
	if p := c.Realm.Providers[name]; p != nil {
		all = append(all, aws.Need{Action: "secretsmanager:GetSecretValue", Resource: state.SecretARN(c.Region, c.Account, p)})
	}
	return all
}
