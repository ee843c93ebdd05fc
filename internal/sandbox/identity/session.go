package identity

import (
	"net/url"
	"slices"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

// CheckReturnURL checks the return URL against the list of the workload identity.
// For the identity of a gateway, an empty list allows every URL; otherwise the
// target's default URL must be on it as well. For the identity of a client, the
// list must contain the URL.
func (s *Service) CheckReturnURL(a state.TokenRequest) error {
	allowed := a.Identity.ReturnURLs
	if len(allowed) == 0 {
		if a.Identity.Gateway {
			return nil
		}
		return aws.Invalid("resourceOauth2ReturnUrl", "You must register and use at least one ResourceOauth2ReturnUrl on your workload identity to use this flow")
	}
	for _, link := range []string{a.ReturnURL, a.DefaultURL} {
		if link != "" && !slices.Contains(allowed, link) {
			return aws.Invalid("resourceOauth2ReturnUrl", "Callback URL %s is not registered for AgentIdentity %s", link, a.Identity.Name)
		}
	}
	return nil
}

// Stored returns the vendor's grant of the token in the vault, or "" if the user
// has to consent.
func (s *Service) Stored(w *state.World, r *state.Realm, a state.TokenRequest) (grant string) {
	kept := r.Vault[state.VaultKey(a.Identity.Name, a.Provider.Name, a.User.Subject)]
	if kept == nil || a.Force || w.Vendor.Grants[kept.Grant] == nil {
		return ""
	}
	for _, scope := range a.Scopes {
		if !slices.Contains(kept.Scopes, scope) {
			return ""
		}
	}
	return kept.Grant
}

// newSession starts an authorization session. Forcing authentication deletes the
// token in the vault immediately.
func newSession(r *state.Realm, a state.TokenRequest, now time.Time) *state.Session {
	if a.Force {
		delete(r.Vault, state.VaultKey(a.Identity.Name, a.Provider.Name, a.User.Subject))
	}
	ses := &state.Session{
		ID: state.RandomText(20, state.Mixed), Identity: a.Identity.Name, Provider: a.Provider.Name, Subject: a.User.Subject,
		TokenHash: a.User.TokenHash, UserID: a.User.ID, Scopes: a.Scopes, ReturnURL: a.ReturnURL, Custom: a.Custom, Created: now,
	}
	r.Sessions[ses.ID] = ses
	return ses
}

func (s *Service) sessionURN(ses *state.Session) string {
	return RequestURN + s.Store.Secrets.Issue(forRequest, ses.ID)
}

// authorizationURL returns the URL that the user's browser has to open.
func (s *Service) authorizationURL(ses *state.Session) string {
	return s.Pages.Base() + "/identities/oauth2/authorize?" + url.Values{"request_uri": {s.sessionURN(ses)}}.Encode()
}

// session returns the unexpired session with the reference of its URN or its state
// parameter.
func (s *Service) session(w *state.World, purpose, reference string, now time.Time) (*state.Realm, *state.Session) {
	id, ok := s.Store.Secrets.Resolve(purpose, reference)
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

// Begin starts a session and returns the URL that the user's browser has to open.
func (s *Service) Begin(r *state.Realm, a state.TokenRequest, now time.Time) (authorizationURL string) {
	return s.authorizationURL(newSession(r, a, now))
}
