package aws

import (
	"fmt"
	"strings"
)

// Cause is one reason why signing in failed.
type Cause string

// Errors in the configuration of a profile or the environment.
const (
	ProfileMissing       Cause = "no such profile"
	ProfileEmpty         Cause = "profile without credentials"
	ProfileAmbiguous     Cause = "several ways to sign in"
	RoleWithoutSource    Cause = "role without a source"
	RoleARNMissing       Cause = "source without a role"
	SourceMissing        Cause = "no such source profile"
	SourceEmpty          Cause = "source profile without credentials"
	SourceLoop           Cause = "source profiles in a loop"
	SourceUnknown        Cause = "unknown credential_source"
	SourceUnset          Cause = "credential_source without credentials"
	HalfAKey             Cause = "half an access key"
	KeyMalformed         Cause = "malformed access key"
	SSOSessionMissing    Cause = "no such sso-session"
	SSOIncomplete        Cause = "incomplete SSO configuration"
	SSOContradiction     Cause = "contradicting SSO configuration"
	ContainerHostRefused Cause = "container endpoint not allowed"
)

// Failures of the configured way.
const (
	NoneConfigured Cause = "no credentials"
	NoInstanceRole Cause = "no instance role"
	Unreachable    Cause = "sign-in service unreachable"

	RoleDenied     Cause = "role denied"
	ExternalID     Cause = "external id refused"
	RoleDuration   Cause = "role session too long"
	RoleMalformed  Cause = "malformed role or session name"
	RegionDisabled Cause = "STS not activated in the region"

	MFAUnattended Cause = "MFA without a person"
	MFAWrong      Cause = "wrong MFA code"

	KeyUnknown   Cause = "unknown access key"
	TokenUnset   Cause = "session token missing"
	SecretWrong  Cause = "wrong secret key"
	ClockWrong   Cause = "clock wrong"
	KeysExpired  Cause = "expired credentials"
	SSOSignedOut Cause = "not signed in to SSO"
	SSOExpired   Cause = "SSO session expired"
	SSORevoked   Cause = "SSO session revoked"
	SSONotGiven  Cause = "SSO role not assigned"

	LoginSignedOut Cause = "aws login not done"
	LoginEnded     Cause = "aws login session ended"
	LoginDenied    Cause = "aws login not allowed"

	WebTokenFile    Cause = "web identity token missing"
	WebTokenExpired Cause = "web identity token expired"
	WebTokenRefused Cause = "web identity token refused"
	WebRoleDenied   Cause = "web identity denied"

	ContainerRefused Cause = "container credentials refused"
	ContainerToken   Cause = "container token file missing"

	ProcessMissing Cause = "credential_process missing"
	ProcessFailed  Cause = "credential_process failed"
	ProcessSlow    Cause = "credential_process too slow"
	ProcessNoise   Cause = "credential_process without JSON"
	ProcessOutput  Cause = "credential_process with wrong output"
	ProcessExpired Cause = "credential_process with expired credentials"

	OtherSignIn Cause = "sign-in failed"
)

// Way is one link of the chain of credentials: how it signs in.
type Way struct {
	// Provider is the way's name, such as "AssumeRole" or "SSO".
	Provider string
	// Profile is where it is configured; "" = in environment variables.
	Profile string
	// Subject is what it uses: a role's ARN, a variable, a start URL, a file.
	Subject string
	// Settings are further settings that the user may have to change, by their name
	// in the profile: external_id, mfa_serial, sso_session. No secrets.
	Settings map[string]string
}

// tokenMissing recognizes, by its prefix, a temporary key without its session
// token (IAM user guide, “IAM identifiers”, unique ID prefixes).
func (w Way) tokenMissing() bool {
	return w.Provider == ProviderKeys && strings.HasPrefix(w.Subject, "ASIA") && w.Settings["missing"] != ""
}

// Causes lists every cause that has its own advice.
func Causes() []Cause {
	return []Cause{ProfileMissing, ProfileEmpty, ProfileAmbiguous, RoleWithoutSource, RoleARNMissing, SourceMissing, SourceEmpty, SourceLoop, SourceUnknown, SourceUnset,
		HalfAKey, KeyMalformed, SSOSessionMissing, SSOIncomplete, SSOContradiction, ContainerHostRefused, NoneConfigured, NoInstanceRole, Unreachable, RoleDenied, ExternalID, RoleDuration, RoleMalformed,
		RegionDisabled, MFAUnattended, MFAWrong, KeyUnknown, TokenUnset, SecretWrong, ClockWrong, KeysExpired, SSOSignedOut, SSOExpired, SSORevoked, SSONotGiven,
		LoginSignedOut, LoginEnded, LoginDenied, WebTokenFile, WebTokenExpired, WebTokenRefused, WebRoleDenied, ContainerRefused, ContainerToken,
		ProcessMissing, ProcessFailed, ProcessSlow, ProcessNoise, ProcessOutput, ProcessExpired}
}

// Renewable reports whether the user can sign in again while a run waits.
func (e *SignInError) Renewable() bool {
	switch e.Cause {
	case SSOSignedOut, SSOExpired, SSORevoked, LoginSignedOut, LoginEnded, WebTokenExpired, ProcessExpired, ProcessFailed:
		return true
	case KeysExpired:
		return e.Way.Profile != "" // variables cannot be set from outside
	}
	return false
}

// The names of the ways.
const (
	ProviderKeys        = "access key"
	ProviderRole        = "AssumeRole"
	ProviderWebIdentity = "AssumeRoleWithWebIdentity"
	ProviderSSO         = "SSO"
	ProviderLogin       = "aws login"
	ProviderProcess     = "credential_process"
	ProviderContainer   = "container credentials"
	ProviderMetadata    = "instance metadata"
	ProviderSandbox     = "sandbox"
)

// SignInError says why signing in failed, and which profile has to be fixed.
type SignInError struct {
	Cause Cause
	Way   Way
	What  string // one sentence without a full stop; "" = see Err
	// Source is the way of a role's source credentials, which may be the problem.
	Source *Way
	Err    error // the answer of the service or the system; nil = none was asked
}

func (e *SignInError) Error() string {
	switch {
	case e.Err == nil:
		return e.What
	case e.What == "":
		return e.Err.Error()
	}
	return e.What + ": " + e.Err.Error()
}

func (e *SignInError) Unwrap() error { return e.Err }

// SettingError says that an AWS setting cannot be used.
type SettingError struct {
	Name string // "AWS_MAX_ATTEMPTS", or "retry_mode of profile x in FILE"
	What string // "is \"many\"; it must be a number, at least 1"
}

func (e *SettingError) Error() string { return e.Name + " " + e.What }

// BundleError says that the CA bundle cannot be used.
type BundleError struct {
	Path, From string // From is the variable or the setting
	What       string
}

func (e *BundleError) Error() string {
	return "the CA bundle " + e.Path + " (" + e.From + ") " + e.What
}

// FileError says that an AWS configuration file cannot be read.
type FileError struct {
	Path string
	Line int // 0 = the file as a whole
	What string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return "the AWS configuration file " + e.Path + " " + e.What
	}
	return fmt.Sprintf("the AWS configuration file %s, line %d: %s", e.Path, e.Line, e.What)
}
