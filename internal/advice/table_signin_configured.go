package advice

import (
	"fmt"

	awsenv "agentcore-3lo/internal/aws"
)

// wronglyConfigured has the causes in configuration files and variables, which the
// user has to edit.
func wronglyConfigured() map[Cause]Advice {
	return map[Cause]Advice{
		Cause(awsenv.ProfileMissing): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return "Correct the profile's name, or create it: " + awsCommand(x.Way.Profile, "configure", "sso") + "\nThe profiles that exist: aws configure list-profiles\nThen run the command again with the right name."
		}),
		Cause(awsenv.ProfileEmpty): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Add a way to sign in to " + inProfile(x) + ": " + awsCommand(x.Way.Profile, "login") + " (AWS CLI 2.32 or later), " +
				awsCommand(x.Way.Profile, "configure", "sso") + " (AWS CLI version 2), or " + awsCommand(x.Way.Profile, "configure") + " for an access key.")
		}),
		Cause(awsenv.ProfileAmbiguous): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Keep one of the two settings in " + inProfile(x) + " and remove the other.")
		}),
		Cause(awsenv.RoleWithoutSource): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Add to " + inProfile(x) + " the credentials that assume the role: source_profile = NAME for another profile, or credential_source = Environment, EcsContainer or Ec2InstanceMetadata.")
		}),
		Cause(awsenv.RoleARNMissing): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			if x.Way.Profile == "" {
				return s.then("Set AWS_ROLE_ARN to the role that the token is for.")
			}
			return s.then("Add role_arn to " + inProfile(x) + ", or remove the source setting if you do not want a role.")
		}),
		Cause(awsenv.SourceMissing): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Correct source_profile in " + inProfile(x) + ", or create the profile it names: " + awsCommand(x.Way.Subject, "configure"))
		}),
		Cause(awsenv.SourceEmpty): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Give " + inProfile(x) + " credentials: " + awsCommand(x.Way.Profile, "configure") + " for an access key, or " + awsCommand(x.Way.Profile, "configure", "sso") + " (AWS CLI version 2).")
		}),
		Cause(awsenv.SourceLoop): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Change source_profile in " + inProfile(x) + " to a profile that has credentials.")
		}),
		Cause(awsenv.SourceUnknown): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Set credential_source in " + inProfile(x) + " to Environment, EcsContainer or Ec2InstanceMetadata.")
		}),
		Cause(awsenv.SourceUnset): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			if x.Way.Subject == "Environment" {
				return s.then("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or change credential_source in " + inProfile(x) + ".")
			}
			return s.then("Run this in a container of ECS or EKS, or change credential_source in " + inProfile(x) + ".")
		}),
		Cause(awsenv.HalfAKey): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			if x.Way.Profile == "" {
				return s.then("Set " + x.Way.Subject + " as well. To use another way to sign in, unset both.")
			}
			return s.then("Add " + x.Way.Subject + " to " + inProfile(x) + ": " + awsCommand(x.Way.Profile, "configure"))
		}),
		Cause(awsenv.KeyMalformed): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			if x.Way.Profile == "" {
				return s.then("Set " + x.Way.Subject + " again, on one line and without spaces.")
			}
			return s.then("Correct " + x.Way.Subject + " in " + inProfile(x) + ": one line, without spaces.")
		}),
		Cause(awsenv.SSOSessionMissing): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then(fmt.Sprintf("Add the section [sso-session %s] with sso_start_url and sso_region (aws configure sso-session, AWS CLI version 2), or correct sso_session in %s.", x.Way.Subject, inProfile(x)))
		}),
		Cause(awsenv.SSOIncomplete): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Complete " + inProfile(x) + ": " + awsCommand(x.Way.Profile, "configure", "sso") + " (AWS CLI version 2)")
		}),
		Cause(awsenv.SSOContradiction): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Remove sso_start_url and sso_region from " + inProfile(x) + " where the section [sso-session " + x.Way.Subject + "] is right, or correct the section.")
		}),
		Cause(awsenv.ContainerHostRefused): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Correct AWS_CONTAINER_CREDENTIALS_FULL_URI, or unset it if there is no container agent.")
		}),
		Cause(awsenv.NoneConfigured): signIn(ExitDenied, func(_ *awsenv.SignInError, s Situation) string {
			return s.then("Sign in with "+awsCommand("", "login")+" (AWS CLI 2.32 or later) or "+awsCommand("", "configure", "sso")+" (AWS CLI version 2), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. On an instance with a role, add --imds.") +
				"\nWithout an account: " + s.Program + " --sandbox"
		}),
		Cause(awsenv.WebTokenFile): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			if x.Way.Profile == "" {
				return s.then("Set AWS_WEB_IDENTITY_TOKEN_FILE to the file that holds the token.")
			}
			return s.then("Correct web_identity_token_file in " + inProfile(x) + ", or put the token there.")
		}),
		Cause(awsenv.ContainerToken): signIn(ExitDenied, func(_ *awsenv.SignInError, s Situation) string {
			return s.then("Set AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE to the file that holds the agent's token, alone and on one line; in EKS, recreate the pod.")
		}),
		Cause(awsenv.ProcessMissing): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Install " + x.Way.Subject + " and make it executable, or correct credential_process in " + inProfile(x) + ".")
		}),
		Cause(awsenv.ProcessFailed): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Do what the helper asks for. Run it by hand to see more; its command is credential_process in " + inProfile(x) + ".")
		}),
		Cause(awsenv.ProcessSlow): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Run the helper by hand until it answers at once: it may be waiting for a sign-in. Its command is credential_process in " + inProfile(x) + ".")
		}),
		Cause(awsenv.ProcessNoise): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Make the helper print nothing but its JSON on standard output; messages belong on standard error. Its command is credential_process in " + inProfile(x) + ".")
		}),
		Cause(awsenv.ProcessOutput): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Make the helper print {\"Version\": 1, \"AccessKeyId\": …, \"SecretAccessKey\": …, \"SessionToken\": …, \"Expiration\": …} and nothing else. Its command is credential_process in " + inProfile(x) + ".")
		}),
		Cause(awsenv.ProcessExpired): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Sign in again to what the helper takes its credentials from, and clear its cache. Its command is credential_process in " + inProfile(x) + ".")
		}),
	}
}
