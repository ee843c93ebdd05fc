package advice

import (
	"errors"
	"strings"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/shell"
)

// signInCauses keep the program from having credentials that AWS accepts. The
// package aws tells them apart, and names the sources of what it recognises.
func signInCauses() []Cause {
	causes := []Cause{
		{Name: "MFA session ended", Exit: ExitDenied,
			Matches: func(f Facts) bool { return errors.Is(f.Err, awsenv.ErrMFASessionEnded) },
			Next: text(func(s Situation) string {
				return "Go on, and type a new code when you are asked for it: " + s.Retry
			})},
		{Name: "AWS configuration file", Exit: ExitUsage, Matches: as[*awsenv.FileError], Next: repairFile},
		{Name: "AWS setting", Exit: ExitUsage, Matches: as[*awsenv.SettingError], Next: func(f Facts, s Situation) string {
			var e *awsenv.SettingError
			errors.As(f.Err, &e)
			return "Correct or remove " + e.Name + ", then: " + s.Retry
		}},
		{Name: "CA bundle", Exit: ExitUsage, Matches: as[*awsenv.BundleError], Next: func(f Facts, s Situation) string {
			var e *awsenv.BundleError
			errors.As(f.Err, &e)
			return "Point " + e.From + " to a file with the certificates that your proxy signs with, or remove it where no proxy intercepts TLS. Then: " + s.Retry
		}},
	}
	for _, row := range configured() {
		causes = append(causes, row.cause(ExitDenied))
	}
	for _, row := range refused() {
		causes = append(causes, row.cause(ExitDenied))
	}
	return append(causes, Cause{Name: "credentials expired", Exit: ExitDenied,
		Source:  "STS and IAM answer ExpiredToken, JSON services ExpiredTokenException (AWS, common errors)",
		Matches: func(f Facts) bool { return Expired(f.Err) },
		Next: text(func(s Situation) string {
			return "The credentials have expired. Renew them (" + s.signIn() + ") and go on: " + s.Retry
		})}, Cause{Name: "request refused for its date", Exit: ExitFailed,
		Source:  "aws-sdk-js#2565, convox/rack#235",
		Matches: func(f Facts) bool { return awsenv.RefusedForItsDate(f.Err) },
		Next:    text(func(s Situation) string { return "This machine's clock is wrong. Set it, then: " + s.Retry })}, Cause{Name: "keys refused", Exit: ExitDenied,
		Source: "AWS, common errors",
		Matches: func(f Facts) bool {
			return f.HasCode("InvalidClientTokenId", "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken")
		},
		Next: text(func(s Situation) string {
			return "AWS does not know these keys, or not with this secret; they may have been deleted, or this region is not enabled for the account. See where they come from: " + s.whoAmI() + "\nSign in again, or ask an administrator to enable the region. Then: " + s.Retry
		})})
}

func repairFile(f Facts, s Situation) string {
	var e *awsenv.FileError
	errors.As(f.Err, &e)
	action := "Correct that line"
	switch {
	case strings.Contains(e.What, "byte order mark"), strings.Contains(e.What, "UTF"):
		action = "Save the file as UTF-8 without a byte order mark"
	case strings.Contains(e.What, "may not be read"):
		action = "Let this user read the file (its owner, mode 600)"
	case e.Line == 0:
		action = "Put a readable file in its place"
	}
	return action + ", then: " + s.Retry
}

// signInRow is the advice for one cause of the package aws.
type signInRow struct {
	is   awsenv.Cause
	exit int // 0 = the table's
	next func(e *awsenv.SignInError, s Situation) string
}

func (r signInRow) cause(exit int) Cause {
	if r.exit != 0 {
		exit = r.exit
	}
	return Cause{Name: string(r.is), Exit: exit,
		Matches: func(f Facts) bool {
			var e *awsenv.SignInError
			return errors.As(f.Err, &e) && e.Cause == r.is
		},
		Next: func(f Facts, s Situation) string {
			var e *awsenv.SignInError
			errors.As(f.Err, &e)
			return r.next(e, s)
		}}
}

// then ends an advice with the command that failed.
func (s Situation) then(action string) string { return action + "\nThen: " + s.Retry }

// whoAmI is the command that shows which credentials are in use.
func (s Situation) whoAmI() string { return s.Program + " whoami" + s.profileFlag() }

// SignIn names the commands that sign in again with a profile; "" = the default.
func SignIn(profile string) string {
	return awsCommand(profile, "login") + ", or " + awsCommand(profile, "sso", "login")
}

func (s Situation) signIn() string { return SignIn(s.Profile) }

func (s Situation) profileFlag() string {
	if s.Profile == "" {
		return ""
	}
	return " " + shell.Current().Join("--profile", s.Profile)
}

// awsCommand writes a command of the AWS CLI for a profile; "" = the default.
func awsCommand(profile string, words ...string) string {
	if profile != "" && profile != "default" {
		words = append(words, "--profile", profile)
	}
	return "aws " + shell.Current().Join(words...)
}
