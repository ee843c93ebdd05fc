package aws

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// tokenFile reads a web identity token each time it is needed, because another
// program renews it.
type tokenFile string

// GetIdentityToken implements stscreds.IdentityTokenRetriever.
func (f tokenFile) GetIdentityToken() ([]byte, error) {
	raw, err := readText(string(f))
	token := strings.TrimSpace(string(raw))
	switch {
	case err != nil:
		return nil, &SignInError{Cause: WebTokenFile, What: fmt.Sprintf("the web identity token file %s cannot be read", string(f)), Err: withoutPath(err)}
	case token == "":
		return nil, &SignInError{Cause: WebTokenFile, What: fmt.Sprintf("the web identity token file %s is empty", string(f))}
	}
	return []byte(token), nil
}

// webIdentity assumes a role with a token from a file.
func (c *chain) webIdentity(way Way, file, session string) (aws.CredentialsProvider, error) {
	if way.Subject == "" {
		return nil, &SignInError{Cause: RoleARNMissing, Way: way, What: "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not"}
	}
	way.Settings = map[string]string{"web_identity_token_file": file}
	cfg := c.cfg.Copy()
	cfg.Credentials = aws.AnonymousCredentials{} // the token is the proof
	provider := stscreds.NewWebIdentityRoleProvider(c.sts(cfg), way.Subject, tokenFile(file), func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName = session
	})
	return c.add(way, provider, webIdentityFailure), nil
}

// webIdentityFailure explains what AssumeRoleWithWebIdentity answered (STS API
// reference, errors).
func webIdentityFailure(err error) *SignInError {
	e := requestFailure(err)
	switch code := errorCode(err); {
	case code == "ExpiredTokenException":
		e.Cause = WebTokenExpired
	case e.Cause != OtherSignIn:
	// Audience, issuer and signature (aws-actions/configure-aws-credentials#775
	// and #280); IDPRejectedClaim comes from the identity provider.
	case code == "InvalidIdentityToken", code == "IDPRejectedClaim":
		e.Cause = WebTokenRefused
	case code == "ValidationError":
		e.Cause = RoleMalformed
	case code == "AccessDenied" && !curedElsewhere(err):
		e.Cause = WebRoleDenied
	}
	return e
}
