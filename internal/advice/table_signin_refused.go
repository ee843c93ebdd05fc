package advice

import (
	"fmt"

	awsenv "agentcore-3lo/internal/aws"
)

// signInRefused has the causes where a service or the network refused: the user has
// to sign in, or ask for a permission.
func signInRefused() map[Cause]Advice {
	return map[Cause]Advice{
		Cause(awsenv.Unreachable): signIn(ExitFailed, func(x *awsenv.SignInError, s Situation) string {
			if x.Way.Provider == awsenv.ProviderContainer {
				return s.then("Check " + x.Way.Settings["variable"] + ": nothing answers there. It is set inside containers of ECS and EKS only.")
			}
			return s.then("Check the network, the region's name, and custom endpoints and proxies: " + s.whoAmI() + " shows which are in force.")
		}),
		Cause(awsenv.NoInstanceRole): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			if x.Err == nil {
				return s.then("Unset AWS_EC2_METADATA_DISABLED, or sign in another way.")
			}
			return s.then("Attach a role to this instance (EC2 console: Actions, Security, Modify IAM role). If it has one, allow its metadata options: in a container, a hop limit of 2. Or sign in another way: " + awsCommand("", "login"))
		}),
		Cause(awsenv.RoleDenied): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then(roleWanted(x) + "\nIf the trust policy asks for MFA or an external id, add mfa_serial or external_id to " + inProfile(x) + ".")
		}),
		Cause(awsenv.ExternalID): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then(fmt.Sprintf("Compare external_id in %s with sts:ExternalId in the trust policy of %s: if it is wrong, AWS answers AccessDenied. If they are equal: %s",
				inProfile(x), x.Way.Subject, roleWanted(x)))
		}),
		Cause(awsenv.RoleDuration): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Lower duration_seconds in " + inProfile(x) + " (to 3600 for a role that is assumed with another role's session), or ask for a longer maximum session duration of the role.")
		}),
		Cause(awsenv.RoleMalformed): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			if x.Way.Profile == "" {
				return s.then("Correct AWS_ROLE_ARN or AWS_ROLE_SESSION_NAME: STS says which of them it does not accept.")
			}
			return s.then("Correct role_arn or role_session_name in " + inProfile(x) + ": STS says which of them it does not accept. A session name has 2 to 64 letters, digits and =,.@-_.")
		}),
		Cause(awsenv.RegionDisabled): signIn(ExitDenied, func(_ *awsenv.SignInError, s Situation) string {
			return s.then("Ask an administrator to activate STS for this region (IAM console, Account settings), or use another region with --region.")
		}),
		Cause(awsenv.MFAUnattended): signIn(ExitNeedsPerson, func(x *awsenv.SignInError, s Situation) string {
			return fmt.Sprintf("Start a session first: aws sts get-session-token --serial-number %s --token-code CODE\n"+
				"Save its three values as a profile with aws_access_key_id, aws_secret_access_key and aws_session_token, name that one as source_profile of %s, and remove mfa_serial there.\nThen resume: %s\nAt a terminal, the program asks for the code.",
				x.Way.Settings["mfa_serial"], inProfile(x), s.Retry)
		}),
		Cause(awsenv.MFAWrong): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Check that mfa_serial in " + inProfile(x) + " is the device that shows the code, and that the device's clock is right.")
		}),
		Cause(awsenv.KeyUnknown): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then(newKey(x, "AWS does not know these keys. Use a key that exists and is active") + "\nIn a region that the account has not enabled, AWS answers the same: try --region us-east-1.")
		}),
		Cause(awsenv.TokenUnset): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			if x.Way.Profile == "" {
				return s.then("Set AWS_SESSION_TOKEN as well: the key is a temporary one (ASIA…).")
			}
			return s.then("Add aws_session_token to " + inProfile(x) + ": the key is a temporary one (ASIA…).")
		}),
		Cause(awsenv.SecretWrong): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then(newKey(x, "The secret does not belong to this access key. Enter it again"))
		}),
		Cause(awsenv.ClockWrong): signIn(ExitFailed, func(_ *awsenv.SignInError, s Situation) string {
			return s.then("This machine's clock is wrong. Set it; AWS refuses requests that are more than five minutes off.")
		}),
		Cause(awsenv.KeysExpired): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			switch x.Way.Provider {
			case awsenv.ProviderSSO:
				return ssoLogin(x, s)
			case awsenv.ProviderLogin:
				return awsLogin(x, s)
			case awsenv.ProviderProcess:
				return s.then("Sign in again to what the credential_process of " + inProfile(x) + " takes its credentials from.")
			}
			return s.then(newKey(x, "The credentials have expired. Get a new key ("+SignIn(x.Way.Profile)+" if it comes from a sign-in)"))
		}),
		Cause(awsenv.SSOSignedOut): signIn(ExitDenied, ssoLogin),
		Cause(awsenv.SSOExpired):   signIn(ExitDenied, ssoLogin),
		Cause(awsenv.SSORevoked):   signIn(ExitDenied, ssoLogin),
		Cause(awsenv.SSONotGiven): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then(fmt.Sprintf("Correct sso_account_id (%s) and sso_role_name (%s) in %s, or ask an administrator of IAM Identity Center to assign that permission set to you.",
				x.Way.Settings["sso_account_id"], x.Way.Settings["sso_role_name"], inProfile(x)))
		}),
		Cause(awsenv.LoginSignedOut): signIn(ExitDenied, awsLogin),
		Cause(awsenv.LoginEnded):     signIn(ExitDenied, awsLogin),
		Cause(awsenv.LoginDenied): signIn(ExitDenied, func(_ *awsenv.SignInError, s Situation) string {
			return s.then("Ask an administrator to allow you signin:CreateOAuth2Token, or sign in another way.")
		}),
		Cause(awsenv.WebTokenExpired): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Get a new token into " + x.Way.Settings["web_identity_token_file"] + ": in Kubernetes recreate the pod, in CI request the token again.")
		}),
		Cause(awsenv.WebTokenRefused): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Compare the token's issuer and audience with the OpenID Connect provider in the account of " + x.Way.Subject + " (IAM console, Identity providers); request the token for an audience that is listed there.")
		}),
		Cause(awsenv.WebRoleDenied): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("Ask for a trust policy of " + x.Way.Subject + " that allows sts:AssumeRoleWithWebIdentity for this token's subject and audience.")
		}),
		Cause(awsenv.ContainerRefused): signIn(ExitDenied, func(x *awsenv.SignInError, s Situation) string {
			return s.then("In EKS, check the pod identity association of this service account, and that its role trusts pods.eks.amazonaws.com with sts:AssumeRole and sts:TagSession. In ECS, give the task a task role.")
		}),
	}
}

// roleWanted names the policies that must allow a role to be assumed.
func roleWanted(x *awsenv.SignInError) string {
	return fmt.Sprintf("Ask an administrator for both: the trust policy of %s must name the caller, and the caller needs this permission:\n{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Resource\": %q}", x.Way.Subject, x.Way.Subject)
}

// newKey says where to change a key.
func newKey(x *awsenv.SignInError, action string) string {
	switch {
	case x.Way.Provider == awsenv.ProviderKeys && x.Way.Profile == "":
		return action + ", and set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary credentials, AWS_SESSION_TOKEN."
	case x.Way.Profile == "":
		return action + ": they come from " + x.Way.Provider + "."
	case x.Way.Provider == awsenv.ProviderKeys:
		return action + fmt.Sprintf(", and save the key in profile %q: ", x.Way.Profile) + awsCommand(x.Way.Profile, "configure")
	}
	return action + fmt.Sprintf(": they come from %s in profile %q.", x.Way.Provider, x.Way.Profile)
}

func ssoLogin(x *awsenv.SignInError, s Situation) string {
	return s.then("Sign in: " + awsCommand(x.Way.Profile, "sso", "login") + " (AWS CLI version 2)")
}

func awsLogin(x *awsenv.SignInError, s Situation) string {
	return s.then("Sign in: " + awsCommand(x.Way.Profile, "login") + " (AWS CLI 2.32 or later)")
}
