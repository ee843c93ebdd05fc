//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/signin"
	"agentcore-3lo/steps"
)

// Identities that a configuration leads to, the calls it takes, and what whoami says of it.
func TestEveryWayToSignInLeadsToItsOwnIdentity(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*desk)
		args    []string
		caller  string
		calls   string
		chain   string
	}{
		"keys in variables": {prepare: func(d *desk) { d.set("AWS_ACCESS_KEY_ID", signin.KeyUser, "AWS_SECRET_ACCESS_KEY", signin.Secret) },
			caller: ":user/ana", calls: "GetCallerIdentity by " + signin.KeyUser, chain: "access key"},
		"keys in a profile": {prepare: func(d *desk) { d.credentials("[base]\n" + userKey) }, args: []string{"--profile", "base"},
			caller: ":user/ana", calls: "GetCallerIdentity by " + signin.KeyUser, chain: "access key of base"},
		"a profile named by flag beats keys in variables": {prepare: func(d *desk) {
			d.set("AWS_ACCESS_KEY_ID", "AKIASTRAY", "AWS_SECRET_ACCESS_KEY", "x")
			d.credentials("[base]\n" + userKey)
		}, args: []string{"--profile", "base"}, caller: ":user/ana", calls: "GetCallerIdentity by " + signin.KeyUser, chain: "access key of base"},
		"a role over keys": {prepare: func(d *desk) { d.config(overBase); d.credentials("[base]\n" + userKey) }, args: []string{"--profile", "deploy"},
			caller: "assumed-role/Deploy", calls: "AssumeRole by " + signin.KeyUser + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of deploy, access key of base"},
		"a role over a role": {prepare: func(d *desk) {
			d.config(overBase + "[profile top]\nrole_arn = arn:aws:iam::210987654321:role/Top\nsource_profile = deploy\n")
			d.credentials("[base]\n" + userKey)
		}, args: []string{"--profile", "top"}, caller: "assumed-role/Deploy",
			calls: "AssumeRole by " + signin.KeyUser + ", AssumeRole by " + signin.KeyRole + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of top, AssumeRole of deploy, access key of base"},
		"a profile that is its own source": {prepare: func(d *desk) {
			d.config("[profile self]\nrole_arn = " + role + "\nsource_profile = self\n" + userKey)
		}, args: []string{"--profile", "self"}, caller: "assumed-role/Deploy", calls: "AssumeRole by " + signin.KeyUser + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of self, access key of self"},
		"a role over the instance, with --imds": {prepare: func(d *desk) {
			d.config("[profile deploy]\nrole_arn = " + role + "\ncredential_source = Ec2InstanceMetadata\n")
		}, args: []string{"--profile", "deploy", "--imds"}, caller: "assumed-role/Deploy",
			calls: "metadata, AssumeRole by " + signin.KeyInstance + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of deploy, instance metadata of deploy"},
		"a role over the instance, without --imds": {prepare: func(d *desk) {
			d.config("[profile deploy]\nrole_arn = " + role + "\ncredential_source = Ec2InstanceMetadata\n")
		}, args: []string{"--profile", "deploy"}, caller: "assumed-role/Deploy",
			calls: "metadata, AssumeRole by " + signin.KeyInstance + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of deploy, instance metadata of deploy"},
		"a role over variables": {prepare: func(d *desk) {
			d.set("AWS_ACCESS_KEY_ID", signin.KeyUser, "AWS_SECRET_ACCESS_KEY", signin.Secret)
			d.config("[profile deploy]\nrole_arn = " + role + "\ncredential_source = Environment\n")
		}, args: []string{"--profile", "deploy"}, caller: "assumed-role/Deploy", calls: "AssumeRole by " + signin.KeyUser + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of deploy, access key"},
		"a role over a container": {prepare: func(d *desk) {
			d.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "URL/container")
			d.config("[profile deploy]\nrole_arn = " + role + "\ncredential_source = EcsContainer\n")
		}, args: []string{"--profile", "deploy"}, caller: "assumed-role/Deploy",
			calls: "container, AssumeRole by " + signin.KeyContainer + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of deploy, container credentials of deploy"},
		"a role over SSO": {prepare: func(d *desk) {
			d.config(ssoConfig + "[profile deploy]\nrole_arn = " + role + "\nsource_profile = corp\n")
			d.ssoToken("main", time.Hour, false)
		}, args: []string{"--profile", "deploy"}, caller: "assumed-role/Deploy",
			calls: "GetRoleCredentials, AssumeRole by " + signin.KeySSO + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of deploy, SSO of corp"},
		"SSO": {prepare: func(d *desk) { d.config(ssoConfig); d.ssoToken("main", time.Hour, false) }, args: []string{"--profile", "corp"},
			caller: "AWSReservedSSO_Admin", calls: "GetRoleCredentials, GetCallerIdentity by " + signin.KeySSO, chain: "SSO of corp"},
		"SSO with a token to be refreshed": {prepare: func(d *desk) { d.config(ssoConfig); d.ssoToken("main", -time.Minute, true) }, args: []string{"--profile", "corp"},
			caller: "AWSReservedSSO_Admin", calls: "CreateToken, GetRoleCredentials, GetCallerIdentity by " + signin.KeySSO, chain: "SSO of corp"},
		"legacy SSO": {prepare: func(d *desk) { d.config(legacySSO); d.ssoToken("https://corp.example/start", time.Hour, false) }, args: []string{"--profile", "corp"},
			caller: "AWSReservedSSO_Admin", calls: "GetRoleCredentials, GetCallerIdentity by " + signin.KeySSO, chain: "SSO of corp"},
		"aws login": {prepare: func(d *desk) { d.config("[default]\nlogin_session = " + loginSession + "\n"); d.loginToken(time.Hour) },
			caller: "assumed-role/Console", calls: "GetCallerIdentity by " + signin.KeyLogin, chain: "aws login of default"},
		"aws login, to be refreshed": {prepare: func(d *desk) {
			d.config("[default]\nlogin_session = " + loginSession + "\n")
			d.loginToken(-time.Minute)
		},
			caller: "assumed-role/Console", calls: "CreateOAuth2Token, GetCallerIdentity by " + signin.KeyLogin, chain: "aws login of default"},
		"a role over aws login": {prepare: func(d *desk) {
			d.config("[profile me]\nlogin_session = " + loginSession + "\n[profile deploy]\nrole_arn = " + role + "\nsource_profile = me\n")
			d.loginToken(time.Hour)
		}, args: []string{"--profile", "deploy"}, caller: "assumed-role/Deploy",
			calls: "AssumeRole by " + signin.KeyLogin + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of deploy, aws login of me"},
		"web identity in variables": {prepare: func(d *desk) {
			d.write("token", "web-token")
			d.set("AWS_WEB_IDENTITY_TOKEN_FILE", "DIR/token", "AWS_ROLE_ARN", role)
		}, caller: "assumed-role/Pod", calls: "AssumeRoleWithWebIdentity, GetCallerIdentity by " + signin.KeyWeb, chain: "AssumeRoleWithWebIdentity"},
		"web identity in a profile": {prepare: func(d *desk) {
			d.write("token", "web-token\n")
			d.config("[default]\nrole_arn = " + role + "\nweb_identity_token_file = DIR/token\n")
		}, caller: "assumed-role/Pod", calls: "AssumeRoleWithWebIdentity, GetCallerIdentity by " + signin.KeyWeb, chain: "AssumeRoleWithWebIdentity of default"},
		"credential_process": {prepare: func(d *desk) {
			d.helper(helperJSON(""))
			d.config("[default]\ncredential_process = DIR/helper.sh --for me\n")
		},
			caller: "assumed-role/Helper", calls: "GetCallerIdentity by " + signin.KeyProcess, chain: "credential_process of default"},
		"credential_process with quotes at both ends": {prepare: func(d *desk) {
			d.write("my tools/helper.sh", "#!/bin/sh\n[ \"$2\" = \"a b\" ] && "+helperJSON("")+"\n")
			d.config("[default]\ncredential_process = \"DIR/my tools/helper.sh\" --for \"a b\"\n")
		}, caller: "assumed-role/Helper", calls: "GetCallerIdentity by " + signin.KeyProcess, chain: "credential_process of default"},
		"credential_process before a key of the same file": {prepare: func(d *desk) {
			d.helper(helperJSON(""))
			d.config("[default]\ncredential_process = DIR/helper.sh\n" + userKey)
		}, caller: "assumed-role/Helper", calls: "GetCallerIdentity by " + signin.KeyProcess, chain: "credential_process of default"},
		"a key of the credentials file before credential_process": {prepare: func(d *desk) {
			d.helper(helperJSON(""))
			d.config("[default]\ncredential_process = DIR/helper.sh\n")
			d.credentials("[default]\n" + userKey)
		}, caller: ":user/ana", calls: "GetCallerIdentity by " + signin.KeyUser, chain: "access key of default"},
		"SSO before a key of the credentials file": {prepare: func(d *desk) {
			d.config(ssoConfig)
			d.credentials("[corp]\n" + userKey)
			d.ssoToken("main", time.Hour, false)
		}, args: []string{"--profile", "corp"}, caller: "AWSReservedSSO_Admin", calls: "GetRoleCredentials, GetCallerIdentity by " + signin.KeySSO, chain: "SSO of corp"},
		"the role of AWS_PROFILE before a web identity in variables": {prepare: func(d *desk) {
			d.write("token", "web-token")
			d.config(overBase)
			d.credentials("[base]\n" + userKey)
			d.set("AWS_WEB_IDENTITY_TOKEN_FILE", "DIR/token", "AWS_ROLE_ARN", role, "AWS_PROFILE", "deploy")
		}, caller: "assumed-role/Deploy", calls: "AssumeRole by " + signin.KeyUser + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of deploy, access key of base"},
		"[profile default] beats [default]": {prepare: func(d *desk) {
			d.config("[profile default]\n" + userKey + "[default]\naws_access_key_id = AKIASTRAY\naws_secret_access_key = x\n")
		}, caller: ":user/ana", calls: "GetCallerIdentity by " + signin.KeyUser, chain: "access key of default"},
		"a file below the home directory": {prepare: func(d *desk) {
			d.write("elsewhere/keys", "[base]\n"+userKey)
			d.set("AWS_SHARED_CREDENTIALS_FILE", "~/elsewhere/keys")
		}, args: []string{"--profile", "base"}, caller: ":user/ana", calls: "GetCallerIdentity by " + signin.KeyUser, chain: "access key of base"},
		"a container": {prepare: func(d *desk) {
			d.write("agent-token", "Bearer agent")
			d.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "URL/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "DIR/agent-token")
		}, caller: "assumed-role/Task", calls: "container, GetCallerIdentity by " + signin.KeyContainer, chain: "container credentials"},
		"the instance": {prepare: func(*desk) {}, args: []string{"--imds"}, caller: "assumed-role/Instance", calls: "metadata, GetCallerIdentity by " + signin.KeyInstance, chain: "instance metadata"},
		"retry_mode = legacy": {prepare: func(d *desk) { d.config("[default]\nretry_mode = legacy\n"); d.credentials("[default]\n" + userKey) },
			caller: ":user/ana", calls: "GetCallerIdentity by " + signin.KeyUser, chain: "access key of default"},
		"AWS_RETRY_MODE=legacy": {prepare: func(d *desk) { d.set("AWS_RETRY_MODE", "legacy"); d.credentials("[default]\n" + userKey) },
			caller: ":user/ana", calls: "GetCallerIdentity by " + signin.KeyUser, chain: "access key of default"},
		"an endpoint of the profile, for the role as well": {prepare: func(d *desk) {
			d.set("AWS_ENDPOINT_URL", "")
			d.config(strings.Replace(overBase, "source_profile", "endpoint_url = URL\nsource_profile", 1))
			d.credentials("[base]\n" + userKey)
		}, args: []string{"--profile", "deploy"}, caller: "assumed-role/Deploy", calls: "AssumeRole by " + signin.KeyUser + ", GetCallerIdentity by " + signin.KeyRole, chain: "AssumeRole of deploy, access key of base"},
		"an endpoint of a services section, for the web identity as well": {prepare: func(d *desk) {
			d.write("token", "web-token")
			d.set("AWS_ENDPOINT_URL", "")
			d.config("[default]\nservices = local\nrole_arn = " + role + "\nweb_identity_token_file = DIR/token\n[services local]\nsts =\n  endpoint_url = URL\n")
		}, caller: "assumed-role/Pod", calls: "AssumeRoleWithWebIdentity, GetCallerIdentity by " + signin.KeyWeb, chain: "AssumeRoleWithWebIdentity of default"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c.prepare(d)
			code, who, why, next := d.whoami(c.args...)
			if code != 0 || !strings.Contains(fmt.Sprint(who["caller"]), c.caller) {
				t.Fatalf("exit %d, caller %v\n%s\n%s", code, who["caller"], why, next)
			}
			if calls := strings.Join(d.Calls(), ", "); calls != c.calls {
				t.Errorf("calls %s\nwant  %s", calls, c.calls)
			}
			var chain []string
			for _, l := range who["credentials"].([]any) {
				link := l.(map[string]any)
				text := fmt.Sprint(link["provider"])
				if link["profile"] != "" {
					text += " of " + fmt.Sprint(link["profile"])
				}
				chain = append(chain, text)
			}
			if got := strings.Join(chain, ", "); got != c.chain {
				t.Errorf("credentials %s, want %s", got, c.chain)
			}
		})
	}
}

// signInFailure is a set-up that does not lead to credentials, and what
// somebody does who follows the advice.
type signInFailure struct {
	name    string
	prepare func(*desk)
	args    []string
	exit    int
	calls   string   // made on the way to the failure
	says    []string // in why and next
	follow  func(*desk)
}

func TestEverySignInFailureHasItsOwnCauseAndAdviceThatCuresIt(t *testing.T) {
	t.Parallel()
	all := slices.Concat(keyFailures(), roleFailures(), tokenFailures(), helperFailures(), proxyFailures(), settingFailures())
	if len(all) < 60 {
		t.Errorf("%d set-ups", len(all))
	}
	seen := map[string]bool{}
	for _, c := range all {
		if seen[c.name] {
			t.Errorf("%s: twice", c.name)
		}
		seen[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c.prepare(d)
			code, who, why, next := d.whoami(c.args...)
			if code != c.exit || who != nil {
				t.Fatalf("exit %d, want %d: %v\n%s\n%s", code, c.exit, who, why, next)
			}
			for _, words := range c.says {
				if !strings.Contains(why+"\n"+next, d.expand(words)) {
					t.Errorf("it does not say %q:\n%s\n%s", words, why, next)
				}
			}
			if calls := strings.Join(d.Calls(), ", "); calls != c.calls {
				t.Errorf("calls %s\nwant  %s", calls, c.calls)
			}
			c.follow(d)
			if code, who, why, next := d.whoami(c.args...); code != 0 || who == nil {
				t.Errorf("after following the advice: exit %d\n%s\n%s", code, why, next)
			}
		})
	}
}

var exitDenied, exitFailed, exitUsage, exitPerson = steps.ExitDenied, steps.ExitFailed, steps.ExitUsage, steps.ExitNeedsPerson

func TestWhatAHelperPrintsIsNeverRepeatedInAnyFrontEnd(t *testing.T) {
	t.Parallel()
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	const token = "IQoJb3JpZ2luX2VjEXAMPLEexampleEXAMPLE1234567890"
	for name, script := range map[string]string{
		"a greeting before the JSON":  `echo 'Using corp-cli 3.2'; echo '{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"` + secret + `","SessionToken":"` + token + `"}'; echo 'please update' >&2`,
		"both streams, and a failure": `(echo 'please update'; echo 'key ` + secret + `, token ` + token + `') | tee /dev/stderr; exit 7`,
		"a trace of the shell":        `set -x; AWS_SECRET_ACCESS_KEY=` + secret + `; AWS_SESSION_TOKEN=` + token + `; echo 'please update' >&2; false`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.helper(script)
			d.config("[profile corp]\nregion = us-east-1\ncredential_process = DIR/helper.sh\n")
			d.whoami("--profile", "corp") // sets the environment
			d.env = append(d.env, "LINKEDIN_CLIENT_ID=86abcdefghijkl", "LINKEDIN_CLIENT_SECRET=AbCdEfGhIjKlMnOp")
			for _, args := range [][]string{{"whoami"}, {"whoami", "--json"}, {"walk", "--yes", "--plain"}, {"walk", "--yes", "--json"}} {
				code, out, errs := d.run(append(args, "--profile", "corp")...)
				if all := out + errs; code != steps.ExitDenied || !strings.Contains(all, "please update") || strings.Contains(all, secret) || strings.Contains(all, token) {
					t.Errorf("%v: exit %d\n%s\n%s", args, code, out, errs)
				}
			}
			d.onScreen(secret, token)
			_ = filepath.WalkDir(d.home, func(path string, e os.DirEntry, err error) error {
				if err == nil && !e.IsDir() && e.Name() != "helper.sh" {
					raw, _ := os.ReadFile(path)
					if strings.Contains(string(raw), secret) || strings.Contains(string(raw), token) {
						t.Errorf("%s holds a secret", path)
					}
				}
				return nil
			})
		})
	}
}

// onScreen walks in the full screen until the failure is shown.
func (d *desk) onScreen(secrets ...string) {
	d.t.Helper()
	d.env = append(d.env, "TERM=xterm-256color")
	cmd, cancel := d.command("walk", "--profile", "corp")
	defer cancel()
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		d.t.Fatal(err)
	}
	defer file.Close()
	x := &reader{t: d.t, file: file}
	go x.read()
	x.expect("Overview", "")
	for range 20 { // keys that come with a new page are dropped
		time.Sleep(700 * time.Millisecond)
		if strings.Contains(x.text()[x.from:], "please update") {
			break
		}
		x.expect("", "\r")
	}
	x.expect("please update", "")
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for _, s := range secrets {
		if strings.Contains(x.text(), s) {
			d.t.Errorf("the screen shows a secret:\n%s", x.text())
		}
	}
}

func TestTheMFAPromptNamesDeviceAndProfileAndAsksAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.config(overBase + "mfa_serial = arn:aws:iam::111122223333:mfa/ana\n")
	base(d)
	d.whoami("--profile", "deploy")
	cmd, cancel := d.command("whoami", "--profile", "deploy")
	defer cancel()
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	x := &reader{t: t, file: file}
	go x.read()
	prompt := "Code of MFA device arn:aws:iam::111122223333:mfa/ana for AWS profile deploy: "
	x.expect(prompt, "\r")
	x.expect("six digits", "")
	x.expect(prompt, "12345\r")
	x.expect("six digits", "")
	x.expect(prompt, "000000\r")
	x.expect("AWS refused that code", "")
	x.expect(prompt, "123 456\r")
	x.expect("assumed-role/Deploy", "")
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, x.text())
	}
}

func TestSurprisesInTheConfigurationAreTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*desk)
		args    []string
		note    string
	}{
		"keys that override AWS_PROFILE": {prepare: func(d *desk) { variables(d); base(d); d.set("AWS_PROFILE", "base") }, note: "AWS_ACCESS_KEY_ID overrides AWS_PROFILE (base)"},
		"a token that overrides AWS_PROFILE": {prepare: func(d *desk) {
			base(d)
			d.write("token", "t")
			d.set("AWS_PROFILE", "base", "AWS_WEB_IDENTITY_TOKEN_FILE", "DIR/token", "AWS_ROLE_ARN", role)
		}, note: "AWS_WEB_IDENTITY_TOKEN_FILE overrides AWS_PROFILE (base)"},
		"another region by variable": {prepare: func(d *desk) { d.credentials("[base]\nregion = eu-north-1\n" + userKey) }, args: []string{"--profile", "base"}, note: "Profile base is set to region eu-north-1; this command uses us-east-1 (AWS_REGION)"},
		"another region by flag":     {prepare: func(d *desk) { d.credentials("[base]\nregion = us-east-1\n" + userKey) }, args: []string{"--profile", "base", "--region", "eu-west-1"}, note: "uses eu-west-1 (--region)"},
		"no region":                  {prepare: func(d *desk) { variables(d); d.set("AWS_REGION", "") }, note: "No region is set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c.prepare(d)
			if code, who, why, _ := d.whoami(c.args...); code != 0 || !strings.Contains(fmt.Sprint(who["notes"]), c.note) {
				t.Errorf("exit %d, notes %v %s", code, who["notes"], why)
			}
		})
	}
}

func TestBeforeTheYesAPrintedCommandRepeatsWhatIdentifiedTheAccount(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	base(d)
	d.Refuse("GetCallerIdentity", expiredKey)
	d.whoami("--profile", "base")
	d.env = append(d.env, "LINKEDIN_CLIENT_ID=86abcdefghijkl", "LINKEDIN_CLIENT_SECRET=AbCdEfGhIjKlMnOp")
	code, out, errs := d.run("walk", "--yes", "--plain", "--profile", "base", "--region", "eu-west-1")
	if code != steps.ExitDenied || !strings.Contains(out+errs, "--aws --profile base --region eu-west-1") {
		t.Errorf("exit %d\n%s\n%s", code, out, errs)
	}
}

// begun records a run whose plan was agreed to at these services.
func (d *desk) begun(profile string) {
	d.t.Helper()
	r := testkit.NewRecord("demo", false)
	r.Agreed = time.Now()
	r.Environment = run.Environment{Account: signin.Account, Region: "us-east-1", Profile: profile, Endpoints: map[string]string{}}
	for _, service := range []string{"STS", "IAM", "COGNITO_IDENTITY_PROVIDER", "BEDROCK_AGENTCORE_CONTROL", "BEDROCK_AGENTCORE"} {
		r.Environment.Endpoints["AWS_ENDPOINT_URL_"+service] = d.URL
	}
	if err := (run.Store{Dir: d.home}).Save(r); err != nil {
		d.t.Fatal(err)
	}
	d.whoami() // sets the environment
	d.Calls()
	d.env = append(d.env, "LINKEDIN_CLIENT_ID=86abcdefghijkl", "LINKEDIN_CLIENT_SECRET=AbCdEfGhIjKlMnOp")
}

func TestARunWhoseEndpointsTheConfigurationHasChanged(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*desk){
		"by variable":    func(d *desk) { d.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1") },
		"of one service": func(d *desk) { d.set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1") },
		"in the profile": func(d *desk) {
			d.set("AWS_ENDPOINT_URL", "")
			d.config("[default]\nendpoint_url = http://127.0.0.1:1\n")
		},
		"in a services section": func(d *desk) {
			d.set("AWS_ENDPOINT_URL", "")
			d.config("[default]\nservices = s\n[services s]\niam =\n  endpoint_url = http://127.0.0.1:1\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			variables(d)
			change(d)
			d.begun("")
			code, out, errs := d.run("walk", "--run", "demo", "--yes", "--plain")
			if all := out + errs; code != steps.ExitUsage || !strings.Contains(all, d.URL) || !strings.Contains(all, "http://127.0.0.1:1") || !strings.Contains(all, "walk --new --aws") {
				t.Errorf("with nobody there: exit %d\n%s", code, all)
			}
			if code, out, _ := d.run("runs"); code != 0 || !strings.Contains(out, "demo") {
				t.Errorf("runs: %s", out)
			}
			if _, out, errs := d.run("status"); strings.Contains(out+errs, "no run") || strings.Contains(out+errs, "No run") {
				t.Errorf("status: %s%s", out, errs)
			}
			cmd, cancel := d.command("walk", "--run", "demo", "--plain")
			defer cancel()
			file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			x := &reader{t: t, file: file}
			go x.read()
			x.expect("Resume it at "+d.URL, "1\r")
			x.expect(":user/ana", "")
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			if calls := d.Calls(); len(calls) == 0 || calls[0] != "GetCallerIdentity by "+signin.KeyUser {
				t.Errorf("calls %v", calls)
			}
		})
	}
}

func TestARememberedEndpointReachesTheRoleAsWell(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.config(overBase)
	base(d)
	d.set("AWS_ENDPOINT_URL", "", "HTTPS_PROXY", "http://127.0.0.1:1") // nothing else may be asked
	d.begun("deploy")
	code, out, errs := d.run("walk", "--run", "demo", "--yes", "--plain")
	// The role is in another account than the run: that is found by asking at the remembered endpoint.
	if calls := strings.Join(d.Calls(), ", "); calls != "AssumeRole by "+signin.KeyUser+", GetCallerIdentity by "+signin.KeyRole || code != steps.ExitDenied {
		t.Errorf("exit %d, calls %s\n%s%s", code, calls, out, errs)
	}
}
