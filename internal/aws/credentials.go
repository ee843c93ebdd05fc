package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// chain finds the configured way to sign in, in the order of the AWS CLI
// (botocore, create_credential_resolver). If that way fails, it never tries another,
// because that would be another identity.
type chain struct {
	*settings
	o    Options
	cfg  aws.Config // with region, HTTP client and retries, for the clients of the chain
	ways []Way      // what was found, the identity in use first
}

// link is one provider of the chain. Its errors name the profile that has to be
// fixed.
type link struct {
	way     Way
	source  *Way // what a role's credentials come from
	next    aws.CredentialsProvider
	explain func(error) *SignInError
	secrets func(...string)
}

// Retrieve implements aws.CredentialsProvider.
func (l *link) Retrieve(ctx context.Context) (aws.Credentials, error) {
	found, err := l.next.Retrieve(ctx)
	var known *SignInError
	switch {
	case err == nil:
		if l.secrets != nil {
			l.secrets(found.SecretAccessKey, found.SessionToken)
		}
		return found, nil
	case errors.As(err, &known):
		if known.Way.Provider == "" {
			known.Way = l.way
		}
		return aws.Credentials{}, known
	case errors.Is(err, context.Canceled), errors.Is(err, ErrMFASessionEnded):
		return aws.Credentials{}, err
	}
	return aws.Credentials{}, l.fail(err)
}

// fail explains a failure. A request for a role is signed with the source's keys, so
// problems with them are fixed in the source profile.
func (l *link) fail(err error) *SignInError {
	e := l.explain(err)
	e.Way, e.Source = l.way, l.source
	if l.source != nil && slices.Contains([]Cause{KeyUnknown, TokenUnset, SecretWrong, KeysExpired}, e.Cause) {
		e.Way = *l.source
		if e.Cause == KeyUnknown && e.Way.tokenMissing() {
			e.Cause = TokenUnset
		}
	}
	return e
}

// add wraps a provider in a link and records its way.
func (c *chain) add(way Way, next aws.CredentialsProvider, explain func(error) *SignInError) aws.CredentialsProvider {
	l := &link{way: way, next: next, explain: explain, secrets: c.o.Secrets}
	if len(c.ways) > 0 && way.Provider == ProviderRole {
		source := c.ways[0]
		l.source = &source
	}
	c.ways = slices.Insert(c.ways, 0, way)
	return aws.NewCredentialsCache(l)
}

// provider returns the credentials of the configured identity.
func (c *chain) provider() (aws.CredentialsProvider, error) {
	if !c.explicit {
		id, secret := c.variable("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"), c.variable("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
		if id != "" || secret != "" {
			return c.keys("", id, secret, c.env("AWS_SESSION_TOKEN"))
		}
		values := c.files.profiles[c.profile].values
		ownRole := values["role_arn"] != "" && values["web_identity_token_file"] == ""
		if c.env("AWS_WEB_IDENTITY_TOKEN_FILE") != "" && !ownRole {
			return c.webIdentity(Way{Provider: ProviderWebIdentity, Subject: c.env("AWS_ROLE_ARN")}, c.env("AWS_WEB_IDENTITY_TOKEN_FILE"), c.env("AWS_ROLE_SESSION_NAME"))
		}
	}
	return c.fromProfile(c.profile, nil)
}

func (c *chain) variable(names ...string) string {
	for _, name := range names {
		if v := c.env(name); v != "" {
			return v
		}
	}
	return ""
}

// fromProfile returns the credentials of a profile. visited are the profiles that
// referred to it.
func (c *chain) fromProfile(name string, visited []string) (aws.CredentialsProvider, error) {
	values := c.files.profiles[name].values
	wrong := func(cause Cause, what string) error {
		return &SignInError{Cause: cause, Way: Way{Profile: name, Subject: values["role_arn"]}, What: what}
	}
	sources := set(values, "source_profile", "credential_source", "web_identity_token_file")
	switch {
	case len(sources) > 1:
		return nil, wrong(ProfileAmbiguous, fmt.Sprintf("profile %q has both %s and %s", name, sources[0], sources[1]))
	case len(sources) == 1 && values["role_arn"] == "":
		return nil, wrong(RoleARNMissing, fmt.Sprintf("profile %q has %s but no role_arn", name, sources[0]))
	case values["role_arn"] == "":
		return c.withoutRole(name, len(visited) > 0)
	case len(sources) == 0:
		// botocore: PartialCredentialsError, “missing: source_profile or credential_source”.
		return nil, wrong(RoleWithoutSource, fmt.Sprintf("profile %q has role_arn but neither source_profile nor credential_source", name))
	case values["web_identity_token_file"] != "":
		way := Way{Provider: ProviderWebIdentity, Profile: name, Subject: values["role_arn"]}
		return c.webIdentity(way, values["web_identity_token_file"], values["role_session_name"])
	case values["credential_source"] != "":
		source, err := c.fromSource(name, values["credential_source"])
		if err != nil {
			return nil, err
		}
		return c.role(name, source)
	}
	source, err := c.fromSourceProfile(name, values["source_profile"], append(visited, name))
	if err != nil {
		return nil, err
	}
	return c.role(name, source)
}

// fromSourceProfile follows source_profile. A profile may name itself, and
// then has both the role and the credentials to assume it with.
func (c *chain) fromSourceProfile(name, source string, visited []string) (aws.CredentialsProvider, error) {
	switch _, ok := c.files.profiles[source]; {
	case !ok:
		return nil, &SignInError{Cause: SourceMissing, Way: Way{Profile: name, Subject: source},
			What: fmt.Sprintf("profile %q names the source_profile %q, which does not exist", name, source)}
	case source == name && signsIn(c.files.profiles[name].values):
		return c.withoutRole(name, true)
	case slices.Contains(visited, source):
		return nil, &SignInError{Cause: SourceLoop, Way: Way{Profile: name, Subject: source},
			What: "the source profiles form a loop: " + strings.Join(append(visited, source), " -> ")}
	}
	return c.fromProfile(source, visited)
}

// signsIn reports whether a profile has credentials besides a role.
func signsIn(values map[string]string) bool {
	return len(set(values, "aws_access_key_id", "aws_secret_access_key", "sso_session", "sso_start_url", "login_session", "credential_process")) > 0
}

// withoutRole returns the credentials of a profile before a role is assumed.
func (c *chain) withoutRole(name string, asSource bool) (aws.CredentialsProvider, error) {
	profile := c.files.profiles[name]
	values := profile.values
	hasKeys := len(set(values, "aws_access_key_id", "aws_secret_access_key")) > 0
	switch {
	case len(set(values, "sso_account_id", "sso_role_name")) > 0:
		return c.sso(name)
	case values["login_session"] != "" && !profile.credentials:
		return c.login(name)
	case values["credential_process"] != "" && !profile.credentials:
		return c.process(name), nil
	case hasKeys:
		return c.keys(name, values["aws_access_key_id"], values["aws_secret_access_key"], values["aws_session_token"])
	case len(set(values, "sso_session", "sso_start_url", "sso_region")) > 0:
		return c.sso(name)
	case asSource:
		return nil, &SignInError{Cause: SourceEmpty, Way: Way{Profile: name},
			What: fmt.Sprintf("profile %q is used as source_profile but has no credentials", name)}
	case c.env(relativeURI) != "" || c.env(fullURI) != "":
		return c.container("")
	case c.o.IMDS || looksLikeEC2():
		return c.metadata("", true), nil
	}
	e := &SignInError{Cause: NoneConfigured, What: "no AWS credentials were found, neither in environment variables nor in " + strings.Join(c.files.paths, " or ")}
	if c.from != "" {
		e.Cause, e.Way.Profile = ProfileEmpty, name
		e.What = fmt.Sprintf("profile %q (%s) has no credentials", name, c.from)
	}
	// The region and reports are needed before the credentials.
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, e }), nil
}

// fromSource returns the credentials that credential_source names.
func (c *chain) fromSource(name, source string) (aws.CredentialsProvider, error) {
	unset := func(what string) error {
		return &SignInError{Cause: SourceUnset, Way: Way{Profile: name, Subject: source}, What: fmt.Sprintf("profile %q has credential_source = %s, and %s", name, source, what)}
	}
	switch source {
	case "Environment":
		id, secret := c.variable("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"), c.variable("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
		if id == "" && secret == "" {
			return nil, unset("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
		}
		return c.keys("", id, secret, c.env("AWS_SESSION_TOKEN"))
	case "EcsContainer":
		if c.env(relativeURI) == "" && c.env(fullURI) == "" {
			return nil, unset("neither " + relativeURI + " nor " + fullURI + " is set")
		}
		return c.container(name)
	case "Ec2InstanceMetadata":
		return c.metadata(name, false), nil
	}
	return nil, &SignInError{Cause: SourceUnknown, Way: Way{Profile: name, Subject: source},
		What: fmt.Sprintf("profile %q has credential_source = %s, which is unknown", name, source)}
}

// keys returns the access key of a profile or, without a profile, of the
// environment.
func (c *chain) keys(profile, id, secret, token string) (aws.CredentialsProvider, error) {
	names := [3]string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
	where := "the environment"
	if profile != "" {
		names, where = [3]string{"aws_access_key_id", "aws_secret_access_key", "aws_session_token"}, fmt.Sprintf("profile %q", profile)
	}
	way := Way{Provider: ProviderKeys, Profile: profile, Subject: id}
	missing := func(has, hasNot string) error {
		return &SignInError{Cause: HalfAKey, Way: Way{Provider: ProviderKeys, Profile: profile, Subject: hasNot}, What: fmt.Sprintf("%s has %s but no %s", where, has, hasNot)}
	}
	switch {
	case secret == "":
		return nil, missing(names[0], names[1])
	case id == "":
		return nil, missing(names[1], names[0])
	}
	if c.o.Secrets != nil {
		c.o.Secrets(secret, token)
	}
	for i, value := range []string{id, secret, token} {
		if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, &SignInError{Cause: KeyMalformed, Way: Way{Provider: ProviderKeys, Profile: profile, Subject: names[i]},
				What: fmt.Sprintf("%s of %s contains a space, a line break or another character that keys do not have", names[i], where)}
		}
	}
	if token == "" {
		way.Settings = map[string]string{"missing": names[2]}
	}
	c.ways = slices.Insert(c.ways, 0, way)
	return credentials.NewStaticCredentialsProvider(id, secret, token), nil
}

// set returns the settings that have a value.
func set(values map[string]string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return values[name] == "" })
}
