package aws

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
)

// sso returns the credentials of a role in IAM Identity Center, for a user who has
// signed in with the AWS CLI.
func (c *chain) sso(name string) (aws.CredentialsProvider, error) {
	values := c.files.profiles[name].values
	region, start, session := values["sso_region"], values["sso_start_url"], values["sso_session"]
	wrong := func(cause Cause, what string) error {
		return &SignInError{Cause: cause, Way: Way{Provider: ProviderSSO, Profile: name, Subject: session}, What: what}
	}
	missing := set(values, "sso_account_id", "sso_role_name")
	missing = slices.DeleteFunc([]string{"sso_account_id", "sso_role_name"}, func(key string) bool { return slices.Contains(missing, key) })
	where := fmt.Sprintf("profile %q", name)
	if session != "" {
		section, ok := c.files.sessions[session]
		if !ok {
			return nil, wrong(SSOSessionMissing, fmt.Sprintf("profile %q names the sso_session %q, but %s has no section [sso-session %s]", name, session, c.files.paths[0], session))
		}
		for _, key := range []string{"sso_region", "sso_start_url"} { // as the AWS CLI refuses it (botocore, credentials.py)
			if of, in := values[key], section.values[key]; of != "" && in != "" && of != in {
				return nil, wrong(SSOContradiction, fmt.Sprintf("%s is %q in profile %q and %q in its section [sso-session %s]", key, of, name, in, session))
			}
		}
		region, start = section.values["sso_region"], section.values["sso_start_url"]
		where += fmt.Sprintf(" or its section [sso-session %s]", session)
	}
	if start == "" {
		missing = append(missing, "sso_start_url")
	}
	if region == "" {
		missing = append(missing, "sso_region")
	}
	if len(missing) > 0 {
		return nil, wrong(SSOIncomplete, where+" lacks "+strings.Join(missing, ", "))
	}
	way := Way{Provider: ProviderSSO, Profile: name, Subject: start, Settings: map[string]string{
		"sso_session": session, "sso_account_id": values["sso_account_id"], "sso_role_name": values["sso_role_name"]}}
	cfg := c.cfg.Copy()
	cfg.Region = region
	cfg.Credentials = aws.AnonymousCredentials{}
	key := start
	if session != "" {
		key = session
	}
	path, err := ssocreds.StandardCachedTokenFilepath(key)
	if err != nil {
		return nil, err
	}
	portal := sso.NewFromConfig(cfg, func(o *sso.Options) { override(&o.BaseEndpoint, c.endpoint("SSO")) })
	provider := ssocreds.New(portal, values["sso_account_id"], values["sso_role_name"], start, func(o *ssocreds.Options) {
		o.CachedTokenFilepath = path
		if session != "" {
			oidc := ssooidc.NewFromConfig(cfg, func(o *ssooidc.Options) { override(&o.BaseEndpoint, c.endpoint("SSO_OIDC")) })
			o.SSOTokenProvider = ssocreds.NewSSOTokenProvider(oidc, path)
		}
	})
	return c.add(way, provider, ssoFailure), nil
}

// ssoFailure explains why the portal gave no credentials. The SDK's errors about the
// cached token have no type (aws-sdk-go-v2,
// credentials/ssocreds/sso_token_provider.go).
func ssoFailure(err error) *SignInError {
	e := &SignInError{Cause: OtherSignIn, Err: err}
	var invalid *ssocreds.InvalidTokenError
	switch code := errorCode(err); {
	case errors.Is(err, fs.ErrNotExist):
		e.Cause, e.What, e.Err = SSOSignedOut, "nobody has signed in to IAM Identity Center here", nil
	case unreachable(err):
		e.Cause = Unreachable
	case code == "UnauthorizedException": // the portal: “Session token not found or invalid” (aws-cli#7340)
		e.Cause = SSORevoked
	case code == "ForbiddenException", code == "ResourceNotFoundException": // “No access” (aws-sam-cli#2129)
		e.Cause = SSONotGiven
	case slices.Contains([]string{"InvalidGrantException", "ExpiredTokenException", "InvalidClientException", "UnauthorizedClientException"}, code),
		errors.As(err, &invalid), strings.Contains(err.Error(), "cannot be refreshed"), strings.Contains(err.Error(), "failed to parse cached SSO token file"),
		strings.Contains(err.Error(), "must contain accessToken"):
		e.Cause = SSOExpired
	case strings.Contains(err.Error(), "cached SSO token file"): // it cannot be read, or cannot be written after a renewal
		e.Cause, e.What, e.Err = SSOExpired, "the file with the present sign-in cannot be used", withoutPath(err)
	}
	return e
}

// login returns the credentials of `aws login`.
func (c *chain) login(name string) (aws.CredentialsProvider, error) {
	session := c.files.profiles[name].values["login_session"]
	path, err := logincreds.StandardCachedTokenFilepath(session, c.env("AWS_LOGIN_CACHE_DIRECTORY"))
	if err != nil {
		return nil, err
	}
	cfg := c.cfg.Copy()
	cfg.Credentials = aws.AnonymousCredentials{}
	client := signin.NewFromConfig(cfg, func(o *signin.Options) { override(&o.BaseEndpoint, c.endpoint("SIGNIN")) })
	provider := logincreds.New(client, path, func(o *logincreds.Options) { o.RestrictPermissions = true })
	return c.add(Way{Provider: ProviderLogin, Profile: name, Subject: session}, provider, loginFailure), nil
}

// loginFailure explains why a session of `aws login` gave no credentials. The
// SDK turns the service's answers into text (aws-sdk-go-v2,
// credentials/logincreds/provider.go).
func loginFailure(err error) *SignInError {
	e := &SignInError{Cause: OtherSignIn, Err: err}
	says := func(words string) bool { return strings.Contains(err.Error(), words) }
	switch {
	case says("token file not found"):
		e.Cause, e.What, e.Err = LoginSignedOut, "nobody has signed in with aws login here", nil
	case unreachable(err):
		e.Cause = Unreachable
	case says("insufficient permissions"):
		e.Cause = LoginDenied
	case says("please reauthenticate"), says("validate login token"), errorCode(err) == "InvalidGrantException":
		e.Cause = LoginEnded
	}
	return e
}
