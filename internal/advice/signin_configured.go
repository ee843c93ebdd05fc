package advice

import (
	"fmt"

	awsenv "agentcore-3lo/internal/aws"
)

// configured are causes that lie in configuration files and variables: a
// person has to edit something.
func configured() []signInRow {
	type e = awsenv.SignInError
	profile := func(x *e) string { return fmt.Sprintf("profile %q", x.Way.Profile) }
	return []signInRow{
		{is: awsenv.ProfileMissing, next: func(x *e, s Situation) string {
			return "Correct the profile's name, or create it: " + awsCommand(x.Way.Profile, "configure", "sso") + "\nThe profiles that exist: aws configure list-profiles\nThen run the command again with the right name."
		}},
		{is: awsenv.ProfileEmpty, next: func(x *e, s Situation) string {
			return s.then("Add a way to sign in to " + profile(x) + ": " + awsCommand(x.Way.Profile, "login") + " (AWS CLI 2.32 or later), " +
				awsCommand(x.Way.Profile, "configure", "sso") + " (AWS CLI version 2), or " + awsCommand(x.Way.Profile, "configure") + " for an access key.")
		}},
		{is: awsenv.ProfileAmbiguous, next: func(x *e, s Situation) string {
			return s.then("Keep one of the two settings in " + profile(x) + " and remove the other.")
		}},
		{is: awsenv.RoleWithoutSource, next: func(x *e, s Situation) string {
			return s.then("Add to " + profile(x) + " the credentials that assume the role: source_profile = NAME for another profile, or credential_source = Environment, EcsContainer or Ec2InstanceMetadata.")
		}},
		{is: awsenv.RoleARNMissing, next: func(x *e, s Situation) string {
			if x.Way.Profile == "" {
				return s.then("Set AWS_ROLE_ARN to the role that the token is for.")
			}
			return s.then("Add role_arn to " + profile(x) + ", or remove the source if no role is meant.")
		}},
		{is: awsenv.SourceMissing, next: func(x *e, s Situation) string {
			return s.then("Correct source_profile in " + profile(x) + ", or create the profile it names: " + awsCommand(x.Way.Subject, "configure"))
		}},
		{is: awsenv.SourceEmpty, next: func(x *e, s Situation) string {
			return s.then("Give " + profile(x) + " credentials: " + awsCommand(x.Way.Profile, "configure") + " for an access key, or " + awsCommand(x.Way.Profile, "configure", "sso") + " (AWS CLI version 2).")
		}},
		{is: awsenv.SourceLoop, next: func(x *e, s Situation) string {
			return s.then("Change source_profile in " + profile(x) + " to a profile that has credentials.")
		}},
		{is: awsenv.SourceUnknown, next: func(x *e, s Situation) string {
			return s.then("Set credential_source in " + profile(x) + " to Environment, EcsContainer or Ec2InstanceMetadata.")
		}},
		{is: awsenv.SourceUnset, next: func(x *e, s Situation) string {
			if x.Way.Subject == "Environment" {
				return s.then("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or change credential_source in " + profile(x) + ".")
			}
			return s.then("Run this in a container of ECS or EKS, or change credential_source in " + profile(x) + ".")
		}},
		{is: awsenv.HalfAKey, next: func(x *e, s Situation) string {
			if x.Way.Profile == "" {
				return s.then("Set " + x.Way.Subject + " as well. To use another way to sign in, unset both.")
			}
			return s.then("Add " + x.Way.Subject + " to " + profile(x) + ": " + awsCommand(x.Way.Profile, "configure"))
		}},
		{is: awsenv.KeyMalformed, next: func(x *e, s Situation) string {
			if x.Way.Profile == "" {
				return s.then("Set " + x.Way.Subject + " again, on one line and without spaces.")
			}
			return s.then("Correct " + x.Way.Subject + " in " + profile(x) + ": one line, without spaces.")
		}},
		{is: awsenv.SSOSessionMissing, next: func(x *e, s Situation) string {
			return s.then(fmt.Sprintf("Add the section [sso-session %s] with sso_start_url and sso_region (aws configure sso-session, AWS CLI version 2), or correct sso_session in %s.", x.Way.Subject, profile(x)))
		}},
		{is: awsenv.SSOIncomplete, next: func(x *e, s Situation) string {
			return s.then("Complete " + profile(x) + ": " + awsCommand(x.Way.Profile, "configure", "sso") + " (AWS CLI version 2)")
		}},
		{is: awsenv.SSOContradiction, next: func(x *e, s Situation) string {
			return s.then("Remove sso_start_url and sso_region from " + profile(x) + " where the section [sso-session " + x.Way.Subject + "] is right, or correct the section.")
		}},
		{is: awsenv.ContainerHostRefused, next: func(x *e, s Situation) string {
			return s.then("Correct AWS_CONTAINER_CREDENTIALS_FULL_URI, or unset it where no container agent is.")
		}},
		{is: awsenv.NoneConfigured, next: func(_ *e, s Situation) string {
			return s.then("Sign in with "+awsCommand("", "login")+" (AWS CLI 2.32 or later) or "+awsCommand("", "configure", "sso")+" (AWS CLI version 2), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. On an instance with a role, add --imds.") +
				"\nWithout an account: " + s.Program + " --sandbox"
		}},
		{is: awsenv.WebTokenFile, next: func(x *e, s Situation) string {
			if x.Way.Profile == "" {
				return s.then("Set AWS_WEB_IDENTITY_TOKEN_FILE to the file that holds the token.")
			}
			return s.then("Correct web_identity_token_file in " + profile(x) + ", or put the token there.")
		}},
		{is: awsenv.ContainerToken, next: func(_ *e, s Situation) string {
			return s.then("Set AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE to the file that holds the agent's token, alone and on one line; in EKS, recreate the pod.")
		}},
		{is: awsenv.ProcessMissing, next: func(x *e, s Situation) string {
			return s.then("Install " + x.Way.Subject + " and make it executable, or correct credential_process in " + profile(x) + ".")
		}},
		{is: awsenv.ProcessFailed, next: func(x *e, s Situation) string {
			return s.then("Do what the helper asks for. Run it by hand to see more; its command is credential_process in " + profile(x) + ".")
		}},
		{is: awsenv.ProcessSlow, next: func(x *e, s Situation) string {
			return s.then("Run the helper by hand until it answers at once: it may wait for a sign-in. Its command is credential_process in " + profile(x) + ".")
		}},
		{is: awsenv.ProcessNoise, next: func(x *e, s Situation) string {
			return s.then("Let the helper write nothing but its JSON on standard output; messages belong on standard error. Its command is credential_process in " + profile(x) + ".")
		}},
		{is: awsenv.ProcessOutput, next: func(x *e, s Situation) string {
			return s.then("Let the helper answer {\"Version\": 1, \"AccessKeyId\": …, \"SecretAccessKey\": …, \"SessionToken\": …, \"Expiration\": …} and nothing else. Its command is credential_process in " + profile(x) + ".")
		}},
		{is: awsenv.ProcessExpired, next: func(x *e, s Situation) string {
			return s.then("Sign in again to what the helper takes its credentials from, and clear its cache. Its command is credential_process in " + profile(x) + ".")
		}},
	}
}
