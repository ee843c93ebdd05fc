package sandbox

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// AgentCore Identity's own rules: how long an authorization request lives, and
// how it is called.
const (
	sessionLifetime = 10 * time.Minute
	requestURN      = "urn:ietf:params:oauth:request_uri:"
	sealRequest     = "request uri"
	sealState       = "state"
)

// A tokenAsk is somebody's wish for an access token of a user: a gateway's on
// tools/call, or a client's of GetResourceOauth2Token.
type tokenAsk struct {
	identity   *workload
	provider   *oauthProvider
	scopes     []string
	returnURL  string
	defaultURL string // of the target; "" for a client
	force      bool   // forget what the vault has
	user       user
	custom     string // customState
}

// A user is for whom a token is: the JWT that named them, or an id.
type user struct {
	Subject   string `json:"sub"`
	TokenHash string `json:"hash,omitempty"`
	ID        string `json:"id,omitempty"`
}

func vaultKey(identity, provider, subject string) string {
	return identity + "|" + provider + "|" + subject
}

// forgetTokens removes from the vault what matches.
func (r *realm) forgetTokens(match func(identity, provider, subject string) bool) {
	for key := range r.Vault {
		if parts := strings.SplitN(key, "|", 3); match(parts[0], parts[1], parts[2]) {
			delete(r.Vault, key)
		}
	}
}

// checkReturnURL: the list of a gateway's identity binds only once it has an
// entry, and then the target's default has to be on it too. A client's own
// identity has to have one.
func (a tokenAsk) checkReturnURL() error {
	allowed := a.identity.ReturnURLs
	if len(allowed) == 0 {
		if a.identity.Gateway {
			return nil
		}
		return invalid("resourceOauth2ReturnUrl", "You must register and use at least one ResourceOauth2ReturnUrl on your workload identity to use this flow")
	}
	for _, link := range []string{a.returnURL, a.defaultURL} {
		if link != "" && !slices.Contains(allowed, link) {
			return invalid("resourceOauth2ReturnUrl", "Callback URL %s is not registered for AgentIdentity %s", link, a.identity.Name)
		}
	}
	return nil
}

// stored is the vault's token for an ask, as the provider's grant; "" if the
// user has to be asked.
func (w *world) stored(r *realm, a tokenAsk) (grant string) {
	kept := r.Vault[vaultKey(a.identity.Name, a.provider.Name, a.user.Subject)]
	if kept == nil || a.force || w.Provider.Grants[kept.Grant] == nil {
		return ""
	}
	for _, scope := range a.scopes {
		if !slices.Contains(kept.Scopes, scope) {
			return ""
		}
	}
	return kept.Grant
}

// authorize begins a session. Forcing forgets the token that the vault has now,
// not only once there is another.
func (r *realm) authorize(a tokenAsk, now time.Time) *session {
	if a.force {
		delete(r.Vault, vaultKey(a.identity.Name, a.provider.Name, a.user.Subject))
	}
	s := &session{
		ID: randomText(20, mixedAlphabet), Identity: a.identity.Name, Provider: a.provider.Name, Subject: a.user.Subject,
		TokenHash: a.user.TokenHash, UserID: a.user.ID, Scopes: a.scopes, ReturnURL: a.returnURL, Custom: a.custom, Created: now,
	}
	r.Sessions[s.ID] = s
	return s
}

func (s *Server) sessionURN(ses *session) string { return requestURN + s.seal(sealRequest, ses.ID) }

// authorizationURL is what the user's browser has to open.
func (s *Server) authorizationURL(ses *session) string {
	return s.base() + "/identities/oauth2/authorize?" + url.Values{"request_uri": {s.sessionURN(ses)}}.Encode()
}

// session finds a living session by the reference in its URN or its state.
func (s *Server) session(w *world, purpose, reference string, now time.Time) (*realm, *session) {
	id, ok := s.unseal(purpose, reference)
	if !ok {
		return nil, nil
	}
	for _, r := range w.Realms {
		if ses := r.Sessions[id]; ses != nil && !ses.Finished && now.Sub(ses.Created) < sessionLifetime {
			return r, ses
		}
	}
	return nil, nil
}

func dataPlaneHandlers() map[string]handler {
	const service = "bedrock-agentcore:"
	return map[string]handler{
		service + "CompleteResourceTokenAuth":       on(completeTokenAuth),
		service + "GetWorkloadAccessToken":          on(workloadToken),
		service + "GetWorkloadAccessTokenForJWT":    on(workloadTokenForJWT),
		service + "GetWorkloadAccessTokenForUserId": on(workloadTokenForUser),
		service + "GetResourceOauth2Token":          on(resourceToken),
	}
}

// errSession is the one answer to every session that cannot be completed.
func errSession() error { return refuse("AccessDeniedException", "Invalid or expired session") }

// completeTokenAuth binds a session to the user that began it: the very JWT of
// that call, not just another one of the same user.
func completeTokenAuth(c *call, in struct {
	SessionURI string `json:"sessionUri"`
	User       struct {
		Token string `json:"userToken"`
		ID    string `json:"userId"`
	} `json:"userIdentifier"`
}) (any, error) {
	r, ses := c.session(c.world, sealRequest, strings.TrimPrefix(in.SessionURI, requestURN), c.now)
	switch {
	case ses == nil || r != c.realm || ses.Consent == "":
		return nil, errSession()
	case ses.TokenHash != "" && ses.TokenHash != hash(in.User.Token):
		return nil, errSession()
	case ses.TokenHash == "" && ses.UserID != in.User.ID:
		return nil, errSession()
	}
	p := r.Providers[ses.Provider]
	if p == nil {
		return nil, errSession()
	}
	if problem := c.redeem(c.world, ses.Consent, p.ClientID, p.SecretHash, callbackPath+p.Callback, c.now); problem != nil {
		return nil, invalid("", "Failed to exchange the authorization code at the authorization server: %s (%s)", problem.Code, problem.Description)
	}
	ses.Finished = true
	r.Vault[vaultKey(ses.Identity, ses.Provider, ses.Subject)] = &vaultToken{Grant: ses.Consent, Scopes: ses.Scopes}
	return object{}, nil
}
