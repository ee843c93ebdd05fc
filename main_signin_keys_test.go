//go:build unix

package main

import (
	"strings"
	"time"

	"agentcore-3lo/internal/testkit/signin"
)

func variables(d *desk) {
	d.set("AWS_ACCESS_KEY_ID", signin.KeyUser, "AWS_SECRET_ACCESS_KEY", signin.Secret)
}
func base(d *desk) { d.credentials("[base]\n" + userKey) }

// refuse is a set-up in which an operation is refused until Allow.
func refuse(prepare func(*desk), operation string, a signin.Answer) func(*desk) {
	return func(d *desk) { prepare(d); d.Refuse(operation, a) }
}

func allow(operation string) func(*desk) { return func(d *desk) { d.Allow(operation) } }

var (
	unknownKey    = signin.Answer{Status: 403, Code: "InvalidClientTokenId", Message: unknown}
	wrongSecret   = signin.Answer{Status: 403, Code: "SignatureDoesNotMatch", Message: "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."}
	expiredKey    = signin.Answer{Status: 403, Code: "ExpiredToken", Message: "The security token included in the request is expired"}
	clockBehind   = signin.Answer{Status: 403, Code: "SignatureDoesNotMatch", Message: "Signature expired: 20261126T010000Z is now earlier than 20261126T034500Z (20261126T040000Z - 15 min.)", Ahead: 3 * time.Hour}
	clockAhead    = signin.Answer{Status: 403, Code: "SignatureDoesNotMatch", Message: "Signature not yet current: 20261126T070000Z is still later than 20261126T041500Z", Ahead: -3 * time.Hour}
	byUser        = "GetCallerIdentity by " + signin.KeyUser
	assumedByUser = "AssumeRole by " + signin.KeyUser
)

// keyFailures are access keys in variables and in profiles.
func keyFailures() []signInFailure {
	none := func(*desk) {}
	inBase := []string{"--profile", "base"}
	return []signInFailure{
		{name: "variables: no secret", prepare: func(d *desk) { d.set("AWS_ACCESS_KEY_ID", signin.KeyUser) }, exit: exitDenied,
			says: []string{"the environment has AWS_ACCESS_KEY_ID but no AWS_SECRET_ACCESS_KEY", "Set AWS_SECRET_ACCESS_KEY as well"}, follow: variables},
		{name: "variables: no id", prepare: func(d *desk) { d.set("AWS_SECRET_ACCESS_KEY", signin.Secret) }, exit: exitDenied, says: []string{"Set AWS_ACCESS_KEY_ID as well"}, follow: variables},
		{name: "variables: line break in the secret", prepare: func(d *desk) { variables(d); d.set("AWS_SECRET_ACCESS_KEY", signin.Secret+"\n") }, exit: exitDenied,
			says: []string{"AWS_SECRET_ACCESS_KEY", "line break", "on one line"}, follow: variables},
		{name: "variables: space before the id", prepare: func(d *desk) { variables(d); d.set("AWS_ACCESS_KEY_ID", " "+signin.KeyUser) }, exit: exitDenied,
			says: []string{"Set AWS_ACCESS_KEY_ID again"}, follow: variables},
		{name: "variables: unknown key", prepare: refuse(variables, "GetCallerIdentity", unknownKey), exit: exitDenied, calls: byUser,
			says: []string{"InvalidClientTokenId", unknown, "does not know these keys", "set AWS_ACCESS_KEY_ID"}, follow: allow("GetCallerIdentity")},
		{name: "variables: temporary key without its token", prepare: refuse(func(d *desk) {
			d.set("AWS_ACCESS_KEY_ID", signin.KeySSO, "AWS_SECRET_ACCESS_KEY", signin.Secret)
		}, "GetCallerIdentity", unknownKey), exit: exitDenied, calls: "GetCallerIdentity by " + signin.KeySSO, says: []string{"Set AWS_SESSION_TOKEN as well"},
			follow: func(d *desk) { d.set("AWS_SESSION_TOKEN", "token"); d.Allow("GetCallerIdentity") }},
		{name: "variables: wrong secret", prepare: refuse(variables, "GetCallerIdentity", wrongSecret), exit: exitDenied, calls: byUser,
			says: []string{"SignatureDoesNotMatch", "does not belong to this access key", "AWS_SECRET_ACCESS_KEY"}, follow: allow("GetCallerIdentity")},
		{name: "variables: expired", prepare: refuse(variables, "GetCallerIdentity", expiredKey), exit: exitDenied, calls: byUser,
			says: []string{"have expired", "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary credentials, AWS_SESSION_TOKEN"}, follow: allow("GetCallerIdentity")},
		{name: "variables: clock behind", prepare: refuse(variables, "GetCallerIdentity", clockBehind), exit: exitFailed, calls: byUser,
			says: []string{"this machine's clock is 3h0m behind", "Set it"}, follow: allow("GetCallerIdentity")},
		{name: "variables: STS unreachable", prepare: func(d *desk) { variables(d); d.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1") }, exit: exitFailed,
			says: []string{"127.0.0.1:1", "whoami", "custom endpoints and proxies"}, follow: func(d *desk) { d.set("AWS_ENDPOINT_URL", "URL") }},
		{name: "half a key in one file and a whole one in the other", prepare: func(d *desk) {
			d.config("[profile base]\n" + userKey)
			d.credentials("[base]\naws_access_key_id = AKIASTRAY\n")
		}, args: []string{"--profile", "base"}, exit: exitDenied, says: []string{`profile "base" has aws_access_key_id but no aws_secret_access_key`}, follow: base},
		{name: "profile: no secret", prepare: func(d *desk) { d.credentials("[base]\naws_access_key_id = " + signin.KeyUser + "\n") }, args: inBase, exit: exitDenied,
			says: []string{`profile "base" has aws_access_key_id but no aws_secret_access_key`, "aws configure --profile base"}, follow: base},
		{name: "profile: no id", prepare: func(d *desk) { d.credentials("[base]\naws_secret_access_key = " + signin.Secret + "\n") }, args: inBase, exit: exitDenied,
			says: []string{"Add aws_access_key_id"}, follow: base},
		{name: "profile: secret on two lines", prepare: func(d *desk) {
			d.credentials("[base]\naws_access_key_id = " + signin.KeyUser + "\naws_secret_access_key = " + signin.Secret[:20] + "\n  " + signin.Secret[20:] + "\n")
		}, args: inBase, exit: exitDenied, says: []string{`aws_secret_access_key of profile "base"`, "line break"}, follow: base},
		{name: "profile: unknown key", prepare: refuse(base, "GetCallerIdentity", unknownKey), args: inBase, exit: exitDenied, calls: byUser,
			says: []string{`save the key in profile "base": aws configure --profile base`}, follow: allow("GetCallerIdentity")},
		{name: "profile: temporary key without its token", prepare: refuse(func(d *desk) { d.credentials("[base]\n" + strings.Replace(userKey, signin.KeyUser, signin.KeySSO, 1)) }, "GetCallerIdentity", unknownKey),
			args: inBase, exit: exitDenied, calls: "GetCallerIdentity by " + signin.KeySSO, says: []string{`Add aws_session_token to profile "base"`},
			follow: func(d *desk) {
				d.credentials("[base]\n" + strings.Replace(userKey, signin.KeyUser, signin.KeySSO, 1) + "aws_session_token = token\n")
				d.Allow("GetCallerIdentity")
			}},
		{name: "profile: wrong secret", prepare: refuse(base, "GetCallerIdentity", wrongSecret), args: inBase, exit: exitDenied, calls: byUser,
			says: []string{`save the key in profile "base"`}, follow: allow("GetCallerIdentity")},
		{name: "profile: expired", prepare: refuse(base, "GetCallerIdentity", expiredKey), args: inBase, exit: exitDenied, calls: byUser,
			says: []string{"have expired", `profile "base"`}, follow: allow("GetCallerIdentity")},
		{name: "profile: clock ahead", prepare: refuse(base, "GetCallerIdentity", clockAhead), args: inBase, exit: exitFailed, calls: byUser,
			says: []string{"3h0m ahead"}, follow: allow("GetCallerIdentity")},
		{name: "nothing configured", prepare: none, exit: exitDenied, says: []string{"no AWS credentials were found", "aws login", "--sandbox", "--imds"}, follow: variables},
		{name: "profile without credentials", prepare: func(d *desk) { d.config("[profile empty]\nregion = us-east-1\n") }, args: []string{"--profile", "empty"}, exit: exitDenied,
			says: []string{`profile "empty" (--profile) has no credentials`, "aws login --profile empty"}, follow: func(d *desk) { d.credentials("[empty]\n" + userKey) }},
		{name: "no such profile", prepare: none, args: []string{"--profile", "corp"}, exit: exitDenied, says: []string{`there is no profile "corp" in DIR/config or DIR/credentials`, "aws configure list-profiles"},
			follow: func(d *desk) { d.credentials("[corp]\n" + userKey) }},
		{name: "no such profile in AWS_PROFILE", prepare: func(d *desk) { d.set("AWS_PROFILE", "typo") }, exit: exitDenied, says: []string{`no profile "typo"`, "Correct the profile's name"},
			follow: func(d *desk) { base(d); d.set("AWS_PROFILE", "base") }},
		{name: "a heading without the word profile", prepare: func(d *desk) { d.config("[corp]\nregion = us-east-1\n") }, args: []string{"--profile", "corp"}, exit: exitDenied,
			says: []string{"has a section [corp], which must be [profile corp]"}, follow: func(d *desk) { d.config("[profile corp]\n" + userKey) }},
	}
}

// roleFailures are roles, whatever they are assumed with.
func roleFailures() []signInFailure {
	overKeys := func(extra string) func(*desk) {
		return func(d *desk) { d.config(overBase + extra); base(d) }
	}
	from := func(source string) func(*desk) {
		return func(d *desk) {
			d.config("[profile deploy]\nrole_arn = " + role + "\ncredential_source = " + source + "\n")
		}
	}
	deploy := []string{"--profile", "deploy"}
	notAllowed := signin.Answer{Status: 403, Code: "AccessDenied", Message: denied}
	both := func(all ...func(*desk)) func(*desk) {
		return func(d *desk) {
			for _, f := range all {
				f(d)
			}
		}
	}
	return []signInFailure{
		{name: "role: denied", prepare: refuse(overKeys(""), "AssumeRole", notAllowed), args: deploy, exit: exitDenied, calls: assumedByUser,
			says: []string{denied, "trust policy of " + role, `"sts:AssumeRole"`, `add mfa_serial or external_id to profile "deploy"`}, follow: allow("AssumeRole")},
		{name: "role: wrong external id", prepare: refuse(overKeys("external_id = wrong\n"), "AssumeRole", notAllowed), args: deploy, exit: exitDenied, calls: assumedByUser,
			says: []string{`Compare external_id in profile "deploy" with sts:ExternalId`}, follow: allow("AssumeRole")},
		{name: "role: session too long", prepare: refuse(overKeys("duration_seconds = 43200\n"), "AssumeRole", signin.Answer{Status: 400, Code: "ValidationError", Message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."}),
			args: deploy, exit: exitDenied, calls: assumedByUser, says: []string{`Lower duration_seconds in profile "deploy"`}, follow: allow("AssumeRole")},
		{name: "role: malformed session name", prepare: refuse(overKeys("role_session_name = a b\n"), "AssumeRole", signin.Answer{Status: 400, Code: "ValidationError", Message: "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"}),
			args: deploy, exit: exitDenied, calls: assumedByUser, says: []string{"roleSessionName", `Correct role_arn or role_session_name in profile "deploy"`}, follow: allow("AssumeRole")},
		{name: "role: session too long for a chain", prepare: refuse(overKeys("duration_seconds = 7200\n"), "AssumeRole", signin.Answer{Status: 400, Code: "ValidationError", Message: "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."}),
			args: deploy, exit: exitDenied, calls: assumedByUser, says: []string{"role chaining", "to 3600"}, follow: allow("AssumeRole")},
		{name: "role: STS not activated in the region", prepare: refuse(overKeys(""), "AssumeRole", signin.Answer{Status: 403, Code: "RegionDisabledException", Message: "STS is not activated in this region for account:111122223333. Your account administrator can activate STS in this region using the IAM Console."}),
			args: deploy, exit: exitDenied, calls: assumedByUser, says: []string{"activate STS for this region", "--region"}, follow: allow("AssumeRole")},
		{name: "role over keys: unknown key", prepare: refuse(overKeys(""), "AssumeRole", unknownKey), args: deploy, exit: exitDenied, calls: assumedByUser,
			says: []string{`save the key in profile "base"`}, follow: allow("AssumeRole")},
		{name: "role over keys: wrong secret", prepare: refuse(overKeys(""), "AssumeRole", wrongSecret), args: deploy, exit: exitDenied, calls: assumedByUser, says: []string{`profile "base"`}, follow: allow("AssumeRole")},
		{name: "role over keys: expired", prepare: refuse(overKeys(""), "AssumeRole", expiredKey), args: deploy, exit: exitDenied, calls: assumedByUser, says: []string{"have expired", `profile "base"`}, follow: allow("AssumeRole")},
		{name: "role: clock wrong", prepare: refuse(overKeys(""), "AssumeRole", clockBehind), args: deploy, exit: exitFailed, calls: assumedByUser, says: []string{"3h0m behind"}, follow: allow("AssumeRole")},
		{name: "role: STS unreachable", prepare: both(overKeys(""), func(d *desk) { d.set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1") }), args: deploy, exit: exitFailed,
			says: []string{"127.0.0.1:1"}, follow: func(d *desk) { d.set("AWS_ENDPOINT_URL_STS", "") }},
		{name: "role: no such source profile", prepare: func(d *desk) { d.config(overBase) }, args: deploy, exit: exitDenied,
			says: []string{`profile "deploy" names the source_profile "base", which does not exist`, `Correct source_profile in profile "deploy"`}, follow: base},
		{name: "role: source profile without credentials", prepare: func(d *desk) { d.config(overBase + "[profile base]\nregion = us-east-1\n") }, args: deploy, exit: exitDenied,
			says: []string{`profile "base" is used as source_profile but has no credentials`, "aws configure --profile base"}, follow: base},
		{name: "role: sources in a loop", prepare: func(d *desk) {
			d.config(overBase + "[profile base]\nrole_arn = " + role + "\nsource_profile = deploy\n")
		}, args: deploy, exit: exitDenied,
			says: []string{"deploy -> base -> deploy", `Change source_profile in profile "base"`}, follow: overKeys("")},
		{name: "role: its own source without credentials", prepare: func(d *desk) { d.config(strings.Replace(overBase, "= base", "= deploy", 1)) }, args: deploy, exit: exitDenied,
			says: []string{"deploy -> deploy"}, follow: overKeys("")},
		{name: "role: two sources", prepare: overKeys("credential_source = Environment\n"), args: deploy, exit: exitDenied, says: []string{"both source_profile and credential_source", "Keep one"}, follow: overKeys("")},
		{name: "role: no source", prepare: func(d *desk) { d.config("[profile deploy]\nrole_arn = " + role + "\n") }, args: append([]string{"--imds"}, deploy...), exit: exitDenied,
			says: []string{"neither source_profile nor credential_source", `Add to profile "deploy"`}, follow: overKeys("")},
		{name: "role: no source, and keys in the same profile", prepare: func(d *desk) { d.config("[profile deploy]\nrole_arn = " + role + "\n" + userKey) }, args: deploy, exit: exitDenied,
			says: []string{"neither source_profile nor credential_source"}, follow: overKeys("")},
		{name: "source without a role", prepare: func(d *desk) { d.config("[profile deploy]\nsource_profile = base\n"); base(d) }, args: deploy, exit: exitDenied,
			says: []string{`profile "deploy" has source_profile but no role_arn`}, follow: overKeys("")},
		{name: "role: unknown credential_source", prepare: from("Moon"), args: deploy, exit: exitDenied, says: []string{"credential_source = Moon, which is unknown", "Ec2InstanceMetadata"},
			follow: both(from("Environment"), variables)},
		{name: "role: MFA with nobody there", prepare: overKeys("mfa_serial = arn:aws:iam::111122223333:mfa/ana\n"), args: deploy, exit: exitPerson,
			says: []string{"MFA device arn:aws:iam::111122223333:mfa/ana", "aws sts get-session-token --serial-number arn:aws:iam::111122223333:mfa/ana", "remove mfa_serial"},
			follow: func(d *desk) {
				d.config(strings.Replace(overBase, "= base", "= base-mfa", 1))
				d.credentials("[base-mfa]\n" + userKey + "aws_session_token = token\n")
			}},
		{name: "role over variables: not set", prepare: from("Environment"), args: deploy, exit: exitDenied, says: []string{"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"}, follow: variables},
		{name: "role over variables: half a key", prepare: both(from("Environment"), func(d *desk) { d.set("AWS_ACCESS_KEY_ID", signin.KeyUser) }), args: deploy, exit: exitDenied,
			says: []string{"Set AWS_SECRET_ACCESS_KEY as well"}, follow: variables},
		{name: "role over variables: unknown key", prepare: refuse(both(from("Environment"), variables), "AssumeRole", unknownKey), args: deploy, exit: exitDenied, calls: assumedByUser,
			says: []string{"set AWS_ACCESS_KEY_ID"}, follow: allow("AssumeRole")},
		{name: "role over a container: not set", prepare: from("EcsContainer"), args: deploy, exit: exitDenied, says: []string{"neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"},
			follow: func(d *desk) { d.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "URL/container") }},
		{name: "role over a container: refused", prepare: refuse(both(from("EcsContainer"), func(d *desk) { d.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "URL/container") }), "container", signin.Answer{Status: 403, Message: "Unauthorized"}),
			args: deploy, exit: exitDenied, calls: "container", says: []string{"pods.eks.amazonaws.com"}, follow: allow("container")},
		{name: "role over the instance: no role there", prepare: refuse(from("Ec2InstanceMetadata"), "metadata", signin.Answer{Status: 404, Message: "not found"}), args: append([]string{"--imds"}, deploy...), exit: exitDenied, calls: "metadata",
			says: []string{"Attach a role to this instance"}, follow: allow("metadata")},
		{name: "role over the instance: switched off", prepare: both(from("Ec2InstanceMetadata"), func(d *desk) { d.set("AWS_EC2_METADATA_DISABLED", "true") }), args: deploy, exit: exitDenied,
			says: []string{"Unset AWS_EC2_METADATA_DISABLED"}, follow: func(d *desk) { d.set("AWS_EC2_METADATA_DISABLED", "") }},
		{name: "role over the instance: denied", prepare: refuse(from("Ec2InstanceMetadata"), "AssumeRole", notAllowed), args: append([]string{"--imds"}, deploy...), exit: exitDenied, calls: "metadata, AssumeRole by " + signin.KeyInstance,
			says: []string{"trust policy of " + role}, follow: allow("AssumeRole")},
		{name: "role over SSO: not signed in", prepare: func(d *desk) { d.config(ssoConfig + strings.Replace(overBase, "= base", "= corp", 1)) }, args: deploy, exit: exitDenied,
			says: []string{"aws sso login --profile corp (AWS CLI version 2)"}, follow: func(d *desk) { d.ssoToken("main", time.Hour, false) }},
		{name: "role over SSO: revoked", prepare: refuse(func(d *desk) {
			d.config(ssoConfig + strings.Replace(overBase, "= base", "= corp", 1))
			d.ssoToken("main", time.Hour, false)
		}, "GetRoleCredentials", signin.Answer{Status: 401, Code: "UnauthorizedException", Message: "Session token not found or invalid"}), args: deploy, exit: exitDenied, calls: "GetRoleCredentials",
			says: []string{"aws sso login --profile corp"}, follow: allow("GetRoleCredentials")},
		{name: "role over a helper: it fails", prepare: func(d *desk) {
			d.config(overBase + "[profile base]\ncredential_process = DIR/helper.sh\n")
			d.helper("echo 'please run corp login' >&2; exit 3")
		}, args: deploy, exit: exitDenied, says: []string{"please run corp login", `credential_process in profile "base"`}, follow: func(d *desk) { d.helper(helperJSON("")) }},
		{name: "role over a web identity: no token", prepare: func(d *desk) {
			d.config(overBase + "[profile base]\nrole_arn = " + role + "\nweb_identity_token_file = DIR/token\n")
		}, args: deploy, exit: exitDenied, says: []string{`Correct web_identity_token_file in profile "base"`}, follow: func(d *desk) { d.write("token", "t") }},
		{name: "role: a denial that only an organization lifts", prepare: refuse(overKeys(""), "AssumeRole", signin.Answer{Status: 403, Code: "AccessDenied", Message: denied + " with an explicit deny in a service control policy"}),
			args: deploy, exit: exitDenied, calls: assumedByUser, says: []string{"service control policy"}, follow: allow("AssumeRole")},
	}
}
