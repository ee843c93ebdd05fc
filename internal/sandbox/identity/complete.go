package identity

import (
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

// errSession is the error for every session that cannot be completed.
func errSession() error { return aws.Refuse("AccessDeniedException", "Invalid or expired session") }

// completeTokenAuth binds a session to the user that started it. It requires the
// same JWT as the call that started the session, not just one of the same user.
func (s *Service) completeTokenAuth(c *aws.Call, in struct {
	SessionURI string `json:"sessionUri"`
	User       struct {
		Token string `json:"userToken"`
		ID    string `json:"userId"`
	} `json:"userIdentifier"`
}) (any, error) {
	r, ses := s.session(c.World, forRequest, strings.TrimPrefix(in.SessionURI, RequestURN), c.Now)
	switch {
	case ses == nil || r != c.Realm || ses.Consent == "":
		return nil, errSession()
	case ses.TokenHash != "" && ses.TokenHash != state.Hash(in.User.Token):
		return nil, errSession()
	case ses.TokenHash == "" && ses.UserID != in.User.ID:
		return nil, errSession()
	}
	p := r.Providers[ses.Provider]
	if p == nil {
		return nil, errSession()
	}
	if problem := s.Vendor.Redeem(c.World, ses.Consent, p.ClientID, p.SecretHash, p.CallbackPath(), c.Now); problem != "" {
		return nil, aws.Invalid("", "Failed to exchange the authorization code at the authorization server: %s", problem)
	}
	ses.Finished = true
	r.Vault[state.VaultKey(ses.Identity, ses.Provider, ses.Subject)] = &state.VaultToken{Grant: ses.Consent, Scopes: ses.Scopes}
	return aws.Object{}, nil
}
