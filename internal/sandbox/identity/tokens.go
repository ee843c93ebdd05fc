package identity

import (
	"encoding/json"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/jwt"
	"agentcore-3lo/internal/sandbox/state"
)

// workloadGrant is the content of a workload access token.
type workloadGrant struct {
	Workload string     `json:"workload"`
	User     state.User `json:"user"`
	Expires  time.Time  `json:"expires"`
}

type workloadTokenInput struct {
	Workload  string `json:"workloadName"`
	UserToken string `json:"userToken"`
	UserID    string `json:"userId"`
}

func grantWorkload(c *aws.Call, name string, u state.User) (any, error) {
	if _, err := findWorkload(c, name); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(workloadGrant{name, u, c.Now.Add(time.Hour)})
	if err != nil {
		return nil, err
	}
	return aws.Object{"workloadAccessToken": c.Secrets.Issue(forWorkload, string(raw))}, nil
}

func workloadToken(c *aws.Call, in workloadTokenInput) (any, error) {
	return grantWorkload(c, in.Workload, state.User{})
}

func workloadTokenForUser(c *aws.Call, in workloadTokenInput) (any, error) {
	return grantWorkload(c, in.Workload, state.User{Subject: "user:" + in.UserID, ID: in.UserID})
}

// workloadTokenForJWT accepts tokens of the sandbox's pools only, because it cannot
// verify others.
func workloadTokenForJWT(c *aws.Call, in workloadTokenInput) (any, error) {
	for id := range c.Realm.Pools {
		if claims, ok := jwt.Verify(c.Secrets, in.UserToken, id, c.Now); ok {
			return grantWorkload(c, in.Workload, state.User{Subject: claims.Subject, TokenHash: state.Hash(in.UserToken)})
		}
	}
	return nil, aws.Refuse("UnauthorizedException", "The provided user token is invalid or has expired")
}

type resourceTokenInput struct {
	Token     string   `json:"workloadIdentityToken"`
	Provider  string   `json:"resourceCredentialProviderName"`
	Scopes    []string `json:"scopes"`
	Flow      string   `json:"oauth2Flow"`
	ReturnURL string   `json:"resourceOauth2ReturnUrl"`
	Force     bool     `json:"forceAuthentication"`
	Custom    string   `json:"customState"`
}

func (s *Service) resourceToken(c *aws.Call, in resourceTokenInput) (any, error) {
	raw, ok := c.Secrets.Resolve(forWorkload, in.Token)
	var granted workloadGrant
	if !ok || json.Unmarshal([]byte(raw), &granted) != nil || !c.Now.Before(granted.Expires) {
		return nil, aws.Refuse("UnauthorizedException", "The workload access token is invalid or has expired")
	}
	identity, err := findWorkload(c, granted.Workload)
	if err != nil {
		return nil, err
	}
	provider, err := findProvider(c, in.Provider)
	if err != nil {
		return nil, err
	}
	if in.Flow != "USER_FEDERATION" || granted.User.Subject == "" {
		return nil, aws.Invalid("oauth2Flow", "The sandbox's provider gives tokens to users only: use USER_FEDERATION with a user's workload access token")
	}
	request := state.TokenRequest{Identity: identity, Provider: provider, Scopes: in.Scopes, ReturnURL: in.ReturnURL, Force: in.Force, User: granted.User, Custom: in.Custom}
	if in.ReturnURL == "" {
		return nil, aws.Invalid("resourceOauth2ReturnUrl", "You must register and use at least one ResourceOauth2ReturnUrl on your workload identity to use this flow")
	}
	if err := s.CheckReturnURL(request); err != nil {
		return nil, err
	}
	if grant := s.Stored(c.World, c.Realm, request); grant != "" {
		return aws.Object{"accessToken": s.Vendor.AccessToken(grant)}, nil
	}
	ses := newSession(c.Realm, request, c.Now)
	return aws.Object{"authorizationUrl": s.authorizationURL(ses), "sessionUri": s.sessionURN(ses), "sessionStatus": "IN_PROGRESS"}, nil
}

func findWorkload(c *aws.Call, name string) (*state.Workload, error) {
	if wl := c.Realm.Identities[name]; wl != nil {
		return wl, nil
	}
	return nil, aws.Refuse("ResourceNotFoundException", "WorkloadIdentity with name: %s not found", name)
}

func findProvider(c *aws.Call, name string) (*state.CredentialProvider, error) {
	if p := c.Realm.Providers[name]; p != nil {
		return p, nil
	}
	return nil, aws.Refuse("ResourceNotFoundException", "Credential provider with name: %s not found", name)
}
