//go:build unix

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"agentcore-3lo/internal/testkit/signin"
)

// tokenFailures are web identities, IAM Identity Center and `aws login`.
func tokenFailures() []signInFailure {
	web := func(d *desk) {
		d.set("AWS_WEB_IDENTITY_TOKEN_FILE", "DIR/token", "AWS_ROLE_ARN", role)
		d.write("token", "web")
	}
	webProfile := func(d *desk) { d.config("[default]\nrole_arn = " + role + "\nweb_identity_token_file = DIR/token\n") }
	const byWeb = "AssumeRoleWithWebIdentity"
	refused := func(code, message string) signin.Answer {
		return signin.Answer{Status: 400, Code: code, Message: message}
	}
	corp := []string{"--profile", "corp"}
	sso := func(d *desk) { d.config(ssoConfig) }
	signedIn := func(d *desk) { sso(d); d.ssoToken("main", time.Hour, false) }
	login := func(d *desk) { d.config("[default]\nlogin_session = " + loginSession + "\n") }
	toRefresh := func(d *desk) { login(d); d.loginToken(-time.Minute) }
	ssoAgain := func(d *desk) {
		d.ssoToken("main", time.Hour, false)
		d.Allow("GetRoleCredentials")
		d.Allow("CreateToken")
	}
	loginAgain := func(d *desk) { d.loginToken(time.Hour) }
	return []signInFailure{
		{name: "web identity: no token file", prepare: func(d *desk) { web(d); d.set("AWS_WEB_IDENTITY_TOKEN_FILE", "DIR/other") }, exit: exitDenied,
			says: []string{"DIR/other cannot be read", "Set AWS_WEB_IDENTITY_TOKEN_FILE"}, follow: web},
		{name: "web identity: empty token file", prepare: func(d *desk) { web(d); d.write("token", "\n") }, exit: exitDenied, says: []string{"is empty"}, follow: web},
		{name: "web identity: no role", prepare: func(d *desk) { web(d); d.set("AWS_ROLE_ARN", "") }, exit: exitDenied, says: []string{"Set AWS_ROLE_ARN"}, follow: web},
		{name: "web identity: denied", prepare: refuse(web, byWeb, signin.Answer{Status: 403, Code: "AccessDenied", Message: "Not authorized to perform sts:AssumeRoleWithWebIdentity"}), exit: exitDenied, calls: byWeb,
			says: []string{"Not authorized to perform sts:AssumeRoleWithWebIdentity", "trust policy of " + role}, follow: allow(byWeb)},
		{name: "web identity: expired", prepare: refuse(web, byWeb, refused("ExpiredTokenException", "Token expired: current date/time must be before the expiration date/time")), exit: exitDenied, calls: byWeb,
			says: []string{"Get a new token into DIR/token"}, follow: allow(byWeb)},
		{name: "web identity: wrong audience", prepare: refuse(web, byWeb, refused("InvalidIdentityToken", "Incorrect token audience")), exit: exitDenied, calls: byWeb,
			says: []string{"Incorrect token audience", "issuer and audience"}, follow: allow(byWeb)},
		{name: "web identity: unknown issuer", prepare: refuse(web, byWeb, refused("InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://oidc.example")), exit: exitDenied, calls: byWeb,
			says: []string{"No OpenIDConnect provider", "Identity providers"}, follow: allow(byWeb)},
		{name: "web identity of a profile: no token file", prepare: webProfile, exit: exitDenied, says: []string{`web_identity_token_file in profile "default"`}, follow: func(d *desk) { d.write("token", "web") }},
		{name: "web identity of a profile: denied", prepare: refuse(func(d *desk) { webProfile(d); d.write("token", "web") }, byWeb, signin.Answer{Status: 403, Code: "AccessDenied", Message: "Not authorized"}), exit: exitDenied, calls: byWeb,
			says: []string{"trust policy of " + role}, follow: allow(byWeb)},
		{name: "web identity of a profile: no role", prepare: func(d *desk) { d.config("[default]\nweb_identity_token_file = DIR/token\n"); d.write("token", "web") }, exit: exitDenied,
			says: []string{`profile "default" has web_identity_token_file but no role_arn`}, follow: webProfile},
		{name: "web identity: STS unreachable", prepare: func(d *desk) { web(d); d.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1") }, exit: exitFailed, says: []string{"127.0.0.1:1"}, follow: func(d *desk) { d.set("AWS_ENDPOINT_URL", "URL") }},

		{name: "SSO: no such sso-session", prepare: func(d *desk) { d.config(strings.Replace(ssoConfig, "[sso-session main]", "[sso-session other]", 1)) }, args: corp, exit: exitDenied,
			says: []string{"no section [sso-session main]", "Add the section [sso-session main]", `sso_session in profile "corp"`}, follow: signedIn},
		{name: "SSO: incomplete", prepare: func(d *desk) { d.config(strings.Replace(ssoConfig, "sso_role_name = Admin\n", "", 1)) }, args: corp, exit: exitDenied,
			says: []string{"lacks sso_role_name", "aws configure sso --profile corp"}, follow: signedIn},
		{name: "SSO: not signed in", prepare: sso, args: corp, exit: exitDenied, says: []string{"aws sso login --profile corp (AWS CLI version 2)"}, follow: ssoAgain},
		{name: "SSO: expired", prepare: func(d *desk) { sso(d); d.ssoToken("main", -time.Minute, false) }, args: corp, exit: exitDenied, says: []string{"aws sso login --profile corp"}, follow: ssoAgain},
		{name: "SSO: damaged cache", prepare: func(d *desk) { signedIn(d); d.damageSSO() }, args: corp, exit: exitDenied, says: []string{"aws sso login --profile corp"}, follow: ssoAgain},
		{name: "SSO: cache of another shape", prepare: func(d *desk) { signedIn(d); d.spoilSSO("[]") }, args: corp, exit: exitDenied, says: []string{"aws sso login --profile corp"}, follow: ssoAgain},
		{name: "SSO: cache without a token", prepare: func(d *desk) { signedIn(d); d.spoilSSO(`{"accessToken":"","expiresAt":"2099-01-01T00:00:00Z"}`) }, args: corp, exit: exitDenied, says: []string{"aws sso login --profile corp"}, follow: ssoAgain},
		{name: "SSO: start URL contradicts", prepare: func(d *desk) {
			d.config(strings.Replace(ssoConfig, "sso_role_name = Admin\n", "sso_role_name = Admin\nsso_start_url = https://other.example/start\n", 1))
		}, args: corp, exit: exitDenied,
			says: []string{"sso_start_url is", "other.example", "[sso-session main]", `Remove sso_start_url and sso_region from profile "corp"`}, follow: signedIn},
		{name: "SSO: region contradicts", prepare: func(d *desk) {
			d.config(strings.Replace(ssoConfig, "sso_role_name = Admin\n", "sso_role_name = Admin\nsso_region = eu-north-1\n", 1))
		}, args: corp, exit: exitDenied,
			says: []string{"sso_region is", "eu-north-1"}, follow: signedIn},
		{name: "SSO: refresh refused", prepare: refuse(func(d *desk) { sso(d); d.ssoToken("main", -time.Minute, true) }, "CreateToken", refused("InvalidGrantException", "Invalid refresh token provided")), args: corp, exit: exitDenied, calls: "CreateToken",
			says: []string{"InvalidGrantException", "aws sso login --profile corp"}, follow: ssoAgain},
		{name: "SSO: revoked", prepare: refuse(signedIn, "GetRoleCredentials", signin.Answer{Status: 401, Code: "UnauthorizedException", Message: "Session token not found or invalid"}), args: corp, exit: exitDenied, calls: "GetRoleCredentials",
			says: []string{"Session token not found or invalid", "aws sso login --profile corp"}, follow: ssoAgain},
		{name: "SSO: role not assigned", prepare: refuse(signedIn, "GetRoleCredentials", signin.Answer{Status: 403, Code: "ForbiddenException", Message: "No access"}), args: corp, exit: exitDenied, calls: "GetRoleCredentials",
			says: []string{"No access", "sso_role_name (Admin)", `profile "corp"`, "IAM Identity Center"}, follow: allow("GetRoleCredentials")},
		{name: "SSO: no such account", prepare: refuse(signedIn, "GetRoleCredentials", signin.Answer{Status: 404, Code: "ResourceNotFoundException", Message: "Account not found"}), args: corp, exit: exitDenied, calls: "GetRoleCredentials",
			says: []string{"sso_account_id (" + signin.Account + ")"}, follow: allow("GetRoleCredentials")},
		{name: "SSO: portal unreachable", prepare: func(d *desk) { signedIn(d); d.set("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1") }, args: corp, exit: exitFailed, says: []string{"127.0.0.1:1"},
			follow: func(d *desk) { d.set("AWS_ENDPOINT_URL_SSO", "") }},
		{name: "legacy SSO: not signed in", prepare: func(d *desk) { d.config(legacySSO) }, args: corp, exit: exitDenied, says: []string{"aws sso login --profile corp"},
			follow: func(d *desk) { d.ssoToken("https://corp.example/start", time.Hour, false) }},
		{name: "legacy SSO: expired", prepare: func(d *desk) { d.config(legacySSO); d.ssoToken("https://corp.example/start", -time.Minute, false) }, args: corp, exit: exitDenied, says: []string{"aws sso login --profile corp"},
			follow: func(d *desk) { d.ssoToken("https://corp.example/start", time.Hour, false) }},
		{name: "legacy SSO: incomplete", prepare: func(d *desk) { d.config(strings.Replace(legacySSO, "sso_region = us-east-1\n", "", 1)) }, args: corp, exit: exitDenied, says: []string{"lacks sso_region"},
			follow: func(d *desk) { d.config(legacySSO); d.ssoToken("https://corp.example/start", time.Hour, false) }},

		{name: "aws login: never done", prepare: login, exit: exitDenied, says: []string{"aws login (AWS CLI 2.32 or later)"}, follow: loginAgain},
		{name: "aws login: session ended", prepare: refuse(toRefresh, "CreateOAuth2Token", signin.Answer{Status: 403, Code: "AccessDeniedException", Message: "TOKEN_EXPIRED"}), exit: exitDenied, calls: "CreateOAuth2Token",
			says: []string{"has expired", "aws login"}, follow: loginAgain},
		{name: "aws login: password changed", prepare: refuse(toRefresh, "CreateOAuth2Token", signin.Answer{Status: 403, Code: "AccessDeniedException", Message: "USER_CREDENTIALS_CHANGED"}), exit: exitDenied, calls: "CreateOAuth2Token",
			says: []string{"password has changed", "aws login"}, follow: loginAgain},
		{name: "aws login: not allowed", prepare: refuse(toRefresh, "CreateOAuth2Token", signin.Answer{Status: 403, Code: "AccessDeniedException", Message: "INSUFFICIENT_PERMISSIONS"}), exit: exitDenied, calls: "CreateOAuth2Token",
			says: []string{"signin:CreateOAuth2Token"}, follow: allow("CreateOAuth2Token")},
		{name: "aws login: unreachable", prepare: func(d *desk) { toRefresh(d); d.set("AWS_ENDPOINT_URL_SIGNIN", "http://127.0.0.1:1") }, exit: exitFailed, says: []string{"127.0.0.1:1"},
			follow: func(d *desk) { d.set("AWS_ENDPOINT_URL_SIGNIN", "") }},
	}
}

func (d *desk) damageSSO() { d.spoilSSO("{") }

// spoilSSO puts something else into the cached sign-ins.
func (d *desk) spoilSSO(content string) {
	entries, _ := os.ReadDir(d.home + "/.aws/sso/cache")
	for _, e := range entries {
		d.write(".aws/sso/cache/"+e.Name(), content)
	}
}

// helperFailures are credential processes, containers and instances.
func helperFailures() []signInFailure {
	helper := func(script string) func(*desk) {
		return func(d *desk) { d.config("[default]\ncredential_process = DIR/helper.sh --as me\n"); d.helper(script) }
	}
	good := helper(helperJSON(""))
	agent := func(d *desk) { d.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "URL/container") }
	return []signInFailure{
		{name: "helper: missing", prepare: func(d *desk) { d.config("[default]\ncredential_process = DIR/helper.sh\n") }, exit: exitDenied, says: []string{"cannot be run: DIR/helper.sh", "Install DIR/helper.sh"}, follow: good},
		{name: "helper: not executable", prepare: func(d *desk) { good(d); _ = os.Chmod(d.home+"/helper.sh", 0o600) }, exit: exitDenied, says: []string{"make it executable"}, follow: func(d *desk) { _ = os.Chmod(d.home+"/helper.sh", 0o700) }},
		{name: "helper: fails and says why", prepare: helper("printf 'session over:\\033[2J run corp-login\\n' >&2; exit 4"), exit: exitDenied, says: []string{"exit status 4", "session over:␛[2J run corp-login", `profile "default"`}, follow: good},
		{name: "helper: greets on standard output", prepare: helper("echo 'corp-cli 3.2'; " + helperJSON("")), exit: exitDenied, says: []string{"is not JSON", "nothing but its JSON"}, follow: good},
		{name: "helper: says its keys on both streams", prepare: helper("(echo hello; " + helperJSON("") + ") | tee /dev/stderr"), exit: exitDenied, says: []string{"is not JSON", "hello", "[redacted]"}, follow: good},
		{name: "helper: writes nothing", prepare: helper("exit 0"), exit: exitDenied, says: []string{"wrote nothing on standard output"}, follow: good},
		{name: "helper: another version", prepare: helper(strings.Replace(helperJSON(""), `"Version":1`, `"Version":2`, 1)), exit: exitDenied, says: []string{"Version 2 instead of 1"}, follow: good},
		{name: "helper: no secret", prepare: helper(`echo '{"Version":1,"AccessKeyId":"x"}'`), exit: exitDenied, says: []string{"without SecretAccessKey"}, follow: good},
		{name: "helper: a number for a key", prepare: helper(`echo '{"Version":1,"AccessKeyId":7,"SecretAccessKey":"s"}'`), exit: exitDenied, says: []string{"wrong type of AccessKeyId"}, follow: good},
		{name: "helper: strange expiration", prepare: helper(helperJSON(`,"Expiration":"tomorrow"`)), exit: exitDenied, says: []string{"Expiration that is not in the form"}, follow: good},
		{name: "helper: expired credentials", prepare: helper(helperJSON(`,"Expiration":"2020-01-01T00:00:00Z"`)), exit: exitDenied, says: []string{"expired on 2020-01-01T00:00:00Z", "Sign in again"}, follow: good},
		{name: "helper: endless output", prepare: helper("yes"), exit: exitDenied, says: []string{"wrote more than 1024 KiB"}, follow: good},

		{name: "container: foreign host", prepare: func(d *desk) { d.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/creds") }, exit: exitDenied, says: []string{"only this machine", "Correct AWS_CONTAINER_CREDENTIALS_FULL_URI"}, follow: agent},
		{name: "container: no URL", prepare: func(d *desk) { d.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "creds") }, exit: exitDenied, says: []string{"it must be an http or https"}, follow: agent},
		{name: "container: EKS refuses", prepare: refuse(agent, "container", signin.Answer{Status: 403, Message: "Unauthorized Exception! EKS does not have permissions to assume the associated role."}), exit: exitDenied, calls: "container",
			says: []string{"EKS does not have permissions to assume the associated role", "pod identity association"}, follow: allow("container")},
		{name: "container: no task role", prepare: refuse(agent, "container", signin.Answer{Status: 404, Message: "no credentials"}), exit: exitDenied, calls: "container", says: []string{"give the task a task role"}, follow: allow("container")},
		{name: "container: nobody answers", prepare: func(d *desk) { d.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/creds") }, exit: exitFailed, says: []string{"Check AWS_CONTAINER_CREDENTIALS_FULL_URI"}, follow: agent},
		{name: "container: token of two lines", prepare: func(d *desk) {
			agent(d)
			d.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "DIR/two")
			d.write("two", "one\ntwo\n")
		}, exit: exitDenied, says: []string{"DIR/two", "contains more than a token", "on one line"}, follow: func(d *desk) { d.write("two", "token") }},
		{name: "container: no token file", prepare: func(d *desk) { agent(d); d.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "DIR/none") }, exit: exitDenied, says: []string{"DIR/none", "Set AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"}, follow: func(d *desk) { d.write("none", "token") }},
		{name: "instance: no role", prepare: func(d *desk) { d.Refuse("metadata", signin.Answer{Status: 404, Message: "-"}) }, args: []string{"--imds"}, exit: exitDenied, calls: "metadata", says: []string{"Attach a role"}, follow: allow("metadata")},
		{name: "instance: switched off", prepare: func(d *desk) { d.set("AWS_EC2_METADATA_DISABLED", "true") }, args: []string{"--imds"}, exit: exitDenied, says: []string{"Unset AWS_EC2_METADATA_DISABLED"}, follow: func(d *desk) { d.set("AWS_EC2_METADATA_DISABLED", "") }},
	}
}

// proxyFailures are proxies in front of STS and IAM Identity Center.
func proxyFailures() []signInFailure {
	// A proxy is never asked for an address on loopback.
	behind := func(prepare func(*desk), status int, variable, endpoint string) func(*desk) {
		return func(d *desk) {
			prepare(d)
			proxy := "http://user:proxy-password@127.0.0.1:1"
			if status != 0 {
				proxy = "http://user:proxy-password@" + d.proxy(status)
			}
			d.set("HTTP_PROXY", proxy, variable, endpoint)
		}
	}
	direct := func(d *desk) { d.set("HTTP_PROXY", "", "AWS_ENDPOINT_URL", "URL", "AWS_ENDPOINT_URL_SSO", "") }
	signedIn := func(d *desk) { d.config(ssoConfig); d.ssoToken("main", time.Hour, false) }
	corp := []string{"--profile", "corp"}
	return []signInFailure{
		{name: "proxy before STS: refused", prepare: behind(variables, 0, "AWS_ENDPOINT_URL", "http://sts.example.test"), exit: exitFailed, says: []string{"127.0.0.1:1", "HTTP_PROXY"}, follow: direct},
		{name: "proxy before STS: 407", prepare: behind(variables, 407, "AWS_ENDPOINT_URL", "http://sts.example.test"), exit: exitDenied, says: []string{"407", "HTTP_PROXY"}, follow: direct},
		{name: "proxy before STS: 403", prepare: behind(variables, 403, "AWS_ENDPOINT_URL", "http://sts.example.test"), exit: exitFailed, says: []string{"403", "HTTP_PROXY"}, follow: direct},
		{name: "proxy before the SSO portal: 502", prepare: behind(signedIn, 502, "AWS_ENDPOINT_URL_SSO", "http://portal.sso.example.test"), args: corp, exit: exitFailed, says: []string{"502", "HTTP_PROXY"}, follow: direct},
		{name: "proxy before the SSO portal: refused", prepare: behind(signedIn, 0, "AWS_ENDPOINT_URL_SSO", "http://portal.sso.example.test"), args: corp, exit: exitFailed, says: []string{"127.0.0.1:1", "HTTP_PROXY"}, follow: direct},
		{name: "proxy before a role's STS: 502", prepare: behind(func(d *desk) { d.config(overBase); base(d) }, 502, "AWS_ENDPOINT_URL", "http://sts.example.test"), args: []string{"--profile", "deploy"}, exit: exitFailed, says: []string{"502", "HTTP_PROXY"}, follow: direct},
	}
}

// proxy serves a proxy that answers everything with a page, and returns where.
func (d *desk) proxy(status int) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html><title>Corporate proxy</title><body>"+signin.Secret+"</body></html>")
	}))
	d.t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// settingFailures are files and settings that cannot be used.
func settingFailures() []signInFailure {
	region := "[default]\nregion = us-east-1\n"
	broken := func(config string) func(*desk) { return func(d *desk) { variables(d); d.write("config", config) } }
	good := func(d *desk) { d.config(region) }
	variable := func(name, value string) func(*desk) { return func(d *desk) { variables(d); d.set(name, value) } }
	unset := func(name string) func(*desk) { return func(d *desk) { d.set(name, "") } }
	return []signInFailure{
		{name: "file: byte order mark", prepare: broken("\ufeff" + region), exit: exitUsage, says: []string{"DIR/config, line 1: begins with a byte order mark", "UTF-8 without"}, follow: good},
		{name: "file: UTF-16", prepare: broken("\xff\xfe[\x00d\x00"), exit: exitUsage, says: []string{"DIR/config, line 1: is written in UTF-16", "Save the file as UTF-8"}, follow: good},
		{name: "file: another encoding", prepare: broken("[default]\nsdk_ua_app_id = caf\xe9\n"), exit: exitUsage, says: []string{"line 2: is not UTF-8"}, follow: good},
		{name: "file: no closing bracket", prepare: broken(region + "[profile corp\nregion = eu-west-1\n"), exit: exitUsage, says: []string{"DIR/config, line 3", "closing bracket is missing", "Correct that line"}, follow: good},
		{name: "file: no opening bracket", prepare: broken(region + "profile corp]\n"), exit: exitUsage, says: []string{"line 3", "neither a section"}, follow: good},
		{name: "file: no equals sign", prepare: broken("[default]\nregion us-east-1\n"), exit: exitUsage, says: []string{"line 2"}, follow: good},
		{name: "file: no section", prepare: broken("region = us-east-1\n"), exit: exitUsage, says: []string{"line 1", "before the first section"}, follow: good},
		{name: "file: a folder", prepare: func(d *desk) { variables(d); _ = os.Mkdir(d.home+"/config", 0o700) }, exit: exitUsage, says: []string{"DIR/config cannot be read"}, follow: func(d *desk) { _ = os.Remove(d.home + "/config"); d.config(region) }},
		{name: "credentials file: no closing bracket", prepare: func(d *desk) { variables(d); d.credentials("[base\n") }, exit: exitUsage, says: []string{"DIR/credentials, line 1"}, follow: base},
		{name: "AWS_MAX_ATTEMPTS", prepare: variable("AWS_MAX_ATTEMPTS", "many"), exit: exitUsage, says: []string{`AWS_MAX_ATTEMPTS is "many"`, "Correct or remove AWS_MAX_ATTEMPTS"}, follow: unset("AWS_MAX_ATTEMPTS")},
		{name: "AWS_RETRY_MODE", prepare: variable("AWS_RETRY_MODE", "never"), exit: exitUsage, says: []string{"standard, adaptive or legacy"}, follow: unset("AWS_RETRY_MODE")},
		{name: "retry_mode", prepare: broken("[default]\nretry_mode = never\n"), exit: exitUsage, says: []string{"retry_mode of profile default"}, follow: good},
		{name: "use_fips_endpoint", prepare: broken("[default]\nuse_fips_endpoint = perhaps\n"), exit: exitUsage, says: []string{"true or false"}, follow: good},
		{name: "duration_seconds", prepare: func(d *desk) {
			d.config("[default]\nrole_arn = " + role + "\nsource_profile = base\nduration_seconds = 1h\n")
			base(d)
		}, exit: exitUsage, says: []string{"duration_seconds of profile default"},
			follow: func(d *desk) {
				d.config("[default]\nrole_arn = " + role + "\nsource_profile = base\nduration_seconds = 3600\n")
			}},
		{name: "CA bundle: missing", prepare: variable("AWS_CA_BUNDLE", "DIR/ca.pem"), exit: exitUsage, says: []string{"the CA bundle DIR/ca.pem (AWS_CA_BUNDLE) does not exist", "Point AWS_CA_BUNDLE"}, follow: unset("AWS_CA_BUNDLE")},
		{name: "CA bundle: no certificate", prepare: func(d *desk) { variable("AWS_CA_BUNDLE", "DIR/ca.pem")(d); d.write("ca.pem", "hello") }, exit: exitUsage, says: []string{"contains no certificate"}, follow: unset("AWS_CA_BUNDLE")},
		{name: "CA bundle: missing, in the profile", prepare: broken("[default]\nca_bundle = DIR/ca.pem\n"), exit: exitUsage, says: []string{"ca_bundle of profile default"}, follow: good},
	}
}
