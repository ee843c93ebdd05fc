package advice

import (
	"errors"

	awsenv "agentcore-3lo/internal/aws"
)

// signInCauses keep the program from having credentials that AWS accepts.
func signInCauses() []Cause {
	return []Cause{
		{Name: "credentials expired", Exit: ExitDenied,
			Source:  "STS and IAM answer ExpiredToken, JSON services ExpiredTokenException (AWS, common errors)",
			Matches: func(f Facts) bool { return errors.Is(f.Err, awsenv.ErrMFASessionEnded) || Expired(f.Err) },
			Next: text(func(s Situation) string {
				return "The credentials have expired. Renew them (" + s.signIn() + ") and go on: " + s.Retry
			})},
		{Name: "aws login session ended", Exit: ExitDenied,
			Source:  "aws-sdk-go-v2, credentials/logincreds: “… please reauthenticate”",
			Matches: func(f Facts) bool { return f.Says("reauthenticate", "login session", "login token") },
			Next: text(func(s Situation) string {
				return "Sign in again with: aws login" + s.profileFlag() + "\nThen go on: " + s.Retry
			})},
		{Name: "SSO session ended", Exit: ExitDenied,
			Source:  "aws-sdk-go-v2, credentials/ssocreds",
			Matches: func(f Facts) bool { return f.Says("SSO session", "SSO token") },
			Next: text(func(s Situation) string {
				return "Sign in again with: aws sso login" + s.profileFlag() + "\nThen go on: " + s.Retry
			})},
		{Name: "no credentials", Exit: ExitDenied,
			Source: "aws-sdk-go-v2, config: the end of the chain of credentials",
			Matches: func(f Facts) bool {
				return NoCredentials(f.Err) || f.Says("failed to refresh cached credentials", "static credentials are empty")
			},
			Next: text(func(s Situation) string {
				return "No AWS credentials were found. Sign in (" + s.signIn() + "), set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or on an instance add --imds. Then: " + s.Retry +
					". Without an account: " + s.Program + " --sandbox"
			})},
		{Name: "no such profile", Exit: ExitDenied,
			Source:  "aws-sdk-go-v2, config.SharedConfigProfileNotExistError",
			Matches: func(f Facts) bool { return f.Says("failed to get shared config profile") },
			Next:    text(func(Situation) string { return "There is no such profile. List them with: aws configure list-profiles" })},
		{Name: "MFA without a person", Exit: ExitNeedsPerson,
			Source:  "aws-sdk-go-v2, config.AssumeRoleTokenProviderNotSetError",
			Matches: func(f Facts) bool { return f.Says("AssumeRoleTokenProviderNotSet", "AssumeRole with MFA") },
			Next:    text(func(Situation) string { return "This profile needs an MFA code, so it needs a person at a terminal." })},
		{Name: "clock wrong", Exit: ExitFailed,
			Source: "AWS, Signature Version 4 troubleshooting",
			Matches: func(f Facts) bool {
				return f.Says("RequestTimeTooSkewed", "Signature expired", "Signature not yet current")
			},
			Next: text(func(s Situation) string { return "This machine's clock is wrong. Set it, then: " + s.Retry })},
		{Name: "unknown keys", Exit: ExitDenied,
			Source: "AWS, common errors",
			Matches: func(f Facts) bool {
				return f.HasCode("InvalidClientTokenId", "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken")
			},
			Next: text(func(s Situation) string {
				return "AWS does not know these keys. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the profile, then: " + s.Retry
			})},
	}
}

// SignIn names the commands that sign in again with a profile; "" = the default.
func SignIn(profile string) string { return "aws login, or aws sso login" + profileFlag(profile) }

func (s Situation) signIn() string      { return SignIn(s.Profile) }
func (s Situation) profileFlag() string { return profileFlag(s.Profile) }

func profileFlag(profile string) string {
	if profile == "" {
		return ""
	}
	return " --profile " + profile
}
