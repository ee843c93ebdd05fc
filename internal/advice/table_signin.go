package advice

import (
	"fmt"
	"strings"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/shell"
)

// notSignedIn has the causes of failed sign-ins other than those of package aws.
func notSignedIn() map[Cause]Advice {
	return map[Cause]Advice{
		MFASessionEnded: {Exit: ExitDenied, words: func(c failed) string {
			return "Resume, and type a new code when asked for it: " + c.Retry
		}},
		ConfigurationFile: {Exit: ExitUsage, words: repairFile},
		Setting: {Exit: ExitUsage, words: func(c failed) string {
			return "Correct or remove " + as[*awsenv.SettingError](c).Name + ". Then resume: " + c.Retry
		}},
		CABundle: {Exit: ExitUsage, words: func(c failed) string {
			return "Point " + as[*awsenv.BundleError](c).From + " to a file with the certificates that your proxy signs with, or remove it if no proxy intercepts TLS. Then resume: " + c.Retry
		}},
		CredentialsExpired: {Exit: ExitDenied, words: func(c failed) string {
			return "The credentials have expired. Renew them (" + SignIn(c.Profile) + "), then resume: " + c.Retry
		}},
		RefusedForItsDate: {Exit: ExitFailed, words: func(c failed) string {
			return "This machine's clock is wrong. Set it, then resume: " + c.Retry
		}},
		KeysRefused: {Exit: ExitDenied, words: func(c failed) string {
			return "AWS does not know these keys, or the secret does not belong to them; they may have been deleted, or this region is not enabled for the account. See where they come from: " + c.whoAmI() + "\nSign in again, or ask an administrator to enable the region. Then resume: " + c.Retry
		}},
	}
}

// signIn is the advice for one cause of the package aws.
func signIn(exit int, say func(e *awsenv.SignInError, s Situation) string) Advice {
	return Advice{Exit: exit, words: func(c failed) string { return say(as[*awsenv.SignInError](c), c.Situation) }}
}

func repairFile(c failed) string {
	e := as[*awsenv.FileError](c)
	action := "Correct that line"
	switch {
	case strings.Contains(e.What, "byte order mark"), strings.Contains(e.What, "UTF"):
		action = "Save the file as UTF-8 without a byte order mark"
	case strings.Contains(e.What, "may not be read"):
		action = "Let this user read the file (its owner, mode 600)"
	case e.Line == 0:
		action = "Put a readable file in its place"
	}
	return action + ". Then resume: " + c.Retry
}

// then adds the command that failed to an advice.
func (s Situation) then(action string) string { return action + "\n" + thenResume + s.Retry }

// whoAmI is the command that shows which credentials are in use.
func (s Situation) whoAmI() string { return s.Program + " whoami" + s.profileFlag() }

// SignIn names the commands that sign in again with a profile; "" = the default.
func SignIn(profile string) string {
	return awsCommand(profile, "login") + ", or " + awsCommand(profile, "sso", "login")
}

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

// inProfile names the profile that has to be changed.
func inProfile(e *awsenv.SignInError) string { return fmt.Sprintf("profile %q", e.Way.Profile) }
