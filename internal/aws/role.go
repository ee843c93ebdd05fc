package aws

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"agentcore-3lo/internal/pattern"
)

// MFARequest asks the user for a code.
type MFARequest struct {
	Profile string
	Device  string // mfa_serial: an ARN or a serial number
	Problem string // why the last code was refused; "" at first
}

// role assumes a profile's role with the source's credentials.
func (c *chain) role(name string, source aws.CredentialsProvider) (aws.CredentialsProvider, error) {
	values := c.files.profiles[name].values
	way := Way{Provider: ProviderRole, Profile: name, Subject: values["role_arn"], Settings: map[string]string{}}
	for _, key := range set(values, "external_id", "mfa_serial", "duration_seconds", "role_session_name") {
		way.Settings[key] = values[key]
	}
	duration := time.Duration(0)
	if given := values["duration_seconds"]; given != "" {
		seconds, err := strconv.Atoi(given)
		if err != nil || seconds < 900 {
			return nil, &SettingError{"duration_seconds of profile " + name, fmt.Sprintf("is %q; it must be a number of seconds, at least 900", given)}
		}
		duration = time.Duration(seconds) * time.Second
	}
	cfg := c.cfg.Copy()
	cfg.Credentials = source
	mfa := &codes{ask: c.o.MFA, request: MFARequest{Profile: name, Device: values["mfa_serial"]}}
	provider := stscreds.NewAssumeRoleProvider(c.sts(cfg), values["role_arn"], func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = values["role_session_name"], duration
		if values["external_id"] != "" {
			o.ExternalID = aws.String(values["external_id"])
		}
		if values["mfa_serial"] != "" {
			o.SerialNumber, o.TokenProvider = aws.String(values["mfa_serial"]), mfa.next
		}
	})
	mfa.assume = provider
	return c.add(way, mfa, func(err error) *SignInError { return roleFailure(way, err) }), nil
}

// sts creates a client for fetching credentials.
func (c *chain) sts(cfg aws.Config) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) { override(&o.BaseEndpoint, c.endpointOr("STS", c.o.Endpoints)) })
}

// roleFailure explains why a role could not be assumed.
func roleFailure(way Way, err error) *SignInError {
	e := requestFailure(err)
	switch code := errorCode(err); {
	case e.Cause != OtherSignIn:
	case wrongCode(err):
		e.Cause = MFAWrong
	// “The requested DurationSeconds exceeds the MaxSessionDuration set for this
	// role”, or “… the 1 hour session limit for roles assumed by role chaining”
	// (99designs/aws-vault#263).
	case code == "ValidationError" && strings.Contains(err.Error(), "DurationSeconds"):
		e.Cause = RoleDuration
	case code == "ValidationError":
		e.Cause = RoleMalformed
	case code == "AccessDenied" && !curedElsewhere(err):
		e.Cause = RoleDenied
		if way.Settings["external_id"] != "" {
			e.Cause = ExternalID // STS uses the same words for a wrong one
		}
	}
	return e
}

// curedElsewhere recognizes a denial that no change of role or caller fixes
// (IAM user guide, “Troubleshoot access denied error messages”).
func curedElsewhere(err error) bool {
	for _, wording := range []string{"explicit deny", "service control policy", "resource control policy", "permissions boundary", "session policy", "VPC endpoint policy"} {
		if strings.Contains(err.Error(), wording) {
			return true
		}
	}
	return false
}

// wrongCode recognizes a refused MFA code: “MultiFactorAuthentication failed
// with invalid MFA one time pass code” (aws-cli#2279), or “… unable to validate
// MFA code. Please verify your MFA serial number …” (aws-cli#6325).
func wrongCode(err error) bool {
	return errorCode(err) == "AccessDenied" && strings.Contains(err.Error(), "MultiFactorAuthentication failed") && strings.Contains(err.Error(), "MFA")
}

// maxCodes is how often one sign-in asks for a code.
const maxCodes = 5

// codes assumes a role with the MFA codes that the user types, and asks again after
// a wrong one.
type codes struct {
	ask     func(MFARequest) (string, error) // nil = there is no user
	request MFARequest
	assume  aws.CredentialsProvider
}

// Retrieve implements aws.CredentialsProvider. The cache in front of it calls it
// for one caller at a time.
func (c *codes) Retrieve(ctx context.Context) (found aws.Credentials, err error) {
	c.request.Problem = ""
	for range maxCodes {
		found, err = c.assume.Retrieve(ctx)
		if err == nil || !wrongCode(err) || ctx.Err() != nil {
			return found, err
		}
		c.request.Problem = "AWS refused that code. A code works once: wait for the next one"
	}
	return found, err
}

var sixDigits = pattern.New(`^[0-9]{6}$`)

func (c *codes) next() (string, error) {
	if c.ask == nil {
		return "", &SignInError{Cause: MFAUnattended, Way: Way{Provider: ProviderRole, Profile: c.request.Profile, Settings: map[string]string{"mfa_serial": c.request.Device}},
			What: fmt.Sprintf("profile %q needs a code from the MFA device %s, but nobody is there to type it", c.request.Profile, c.request.Device)}
	}
	code, err := c.ask(c.request)
	return withoutSpaces(code), err
}

// CheckMFACode refuses anything but the form of an MFA code.
func CheckMFACode(code string) error {
	if !sixDigits.MatchString(withoutSpaces(code)) {
		return errors.New("a code has six digits; enter the one that the device shows now")
	}
	return nil
}

func withoutSpaces(code string) string { return strings.Join(strings.Fields(code), "") }
