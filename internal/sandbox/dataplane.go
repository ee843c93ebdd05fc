package sandbox

import (
	"encoding/json"
	"time"
)

const sealWorkload = "workload access token"

// A workloadGrant is what a workload access token says.
type workloadGrant struct {
	Workload string    `json:"workload"`
	User     user      `json:"user"`
	Expires  time.Time `json:"expires"`
}

type workloadTokenInput struct {
	Workload  string `json:"workloadName"`
	UserToken string `json:"userToken"`
	UserID    string `json:"userId"`
}

func (c *call) grantWorkload(name string, u user) (any, error) {
	if _, err := c.workload(name); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(workloadGrant{name, u, c.now.Add(time.Hour)})
	if err != nil {
		return nil, err
	}
	return object{"workloadAccessToken": c.seal(sealWorkload, string(raw))}, nil
}

func workloadToken(c *call, in workloadTokenInput) (any, error) {
	return c.grantWorkload(in.Workload, user{})
}

func workloadTokenForUser(c *call, in workloadTokenInput) (any, error) {
	return c.grantWorkload(in.Workload, user{Subject: "user:" + in.UserID, ID: in.UserID})
}

// workloadTokenForJWT takes tokens of the sandbox's own pools only: it cannot verify others.
func workloadTokenForJWT(c *call, in workloadTokenInput) (any, error) {
	for id := range c.realm.Pools {
		if claims, ok := c.verify(in.UserToken, id, c.now); ok {
			return c.grantWorkload(in.Workload, user{Subject: claims.Subject, TokenHash: hash(in.UserToken)})
		}
	}
	return nil, refuse("UnauthorizedException", "The provided user token is invalid or has expired")
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

func resourceToken(c *call, in resourceTokenInput) (any, error) {
	raw, ok := c.unseal(sealWorkload, in.Token)
	var granted workloadGrant
	if !ok || json.Unmarshal([]byte(raw), &granted) != nil || !c.now.Before(granted.Expires) {
		return nil, refuse("UnauthorizedException", "The workload access token is invalid or has expired")
	}
	identity, err := c.workload(granted.Workload)
	if err != nil {
		return nil, err
	}
	provider, err := c.provider(in.Provider)
	if err != nil {
		return nil, err
	}
	if in.Flow != "USER_FEDERATION" || granted.User.Subject == "" {
		return nil, invalid("oauth2Flow", "The sandbox's provider gives tokens to users only: use USER_FEDERATION with a user's workload access token")
	}
	ask := tokenAsk{identity: identity, provider: provider, scopes: in.Scopes, returnURL: in.ReturnURL, force: in.Force, user: granted.User, custom: in.Custom}
	if in.ReturnURL == "" {
		return nil, invalid("resourceOauth2ReturnUrl", "You must register and use at least one ResourceOauth2ReturnUrl on your workload identity to use this flow")
	}
	if err := ask.checkReturnURL(); err != nil {
		return nil, err
	}
	if grant := c.world.stored(c.realm, ask); grant != "" {
		return object{"accessToken": c.seal(sealAccess, grant)}, nil
	}
	ses := c.realm.authorize(ask, c.now)
	return object{"authorizationUrl": c.authorizationURL(ses), "sessionUri": c.sessionURN(ses), "sessionStatus": "IN_PROGRESS"}, nil
}
