package steps_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// onAWS is an environment in which only the endpoint leads anywhere.
func onAWS(t *testing.T, endpoint string, env map[string]string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("AGENTCORE_3LO_HOME", home)
	t.Setenv("HOME", home)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	for _, name := range []string{"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "HTTP_PROXY", "HTTPS_PROXY"} {
		t.Setenv(name, "")
	}
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": endpoint, "AWS_ENDPOINT_URL_STS": endpoint, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"} {
		t.Setenv(name, value)
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
}

// fakeSTS is an account with nothing in it, whose STS answers in one way.
func fakeSTS(t *testing.T, answer func(http.ResponseWriter)) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(body), "Action=GetCallerIdentity"):
			answer(w)
		case strings.Contains(string(body), "Action="):
			testkit.RefuseXML(w, 404, "NoSuchEntity", "The role cannot be found.")
		default: // lists of Cognito and AgentCore, all empty
			_, _ = io.WriteString(w, `{"UserPools":[],"items":[],"credentialProviders":[]}`)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func caller(account string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::`+account+`:user/x</Arn><Account>`+account+`</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	}
}

// prerequisitesOnAWS runs the first steps against the environment.
func prerequisitesOnAWS(t *testing.T, o awsenv.Options, r *run.Record, person func(engine.Question) (engine.Answer, bool)) (*testkit.Run, testkit.Outcome) {
	t.Helper()
	s := testkit.NewRun(t, nil)
	s.Person = person
	r.Settings.Port = freeport.Take(t)
	step, _ := steps.Find(steps.Prerequisites)
	todo := []steps.Step{step}
	walk := testkit.NewWalk(s.Store(), r, func(settings *steps.Settings) {
		settings.World, settings.Todo = o, todo
		settings.Unattended, settings.Yes = person == nil, person == nil
	})
	return s, s.DriveWalk(walk, testkit.NewMachine(engine.Mode{Follow: true}, todo))
}

func TestWrongCredentialsAreRecognisedInEveryForm(t *testing.T) {
	config := func(text string) map[string]string {
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return map[string]string{"AWS_CONFIG_FILE": path, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_REGION": "us-east-1"}
	}
	for name, c := range map[string]struct {
		answer  func(http.ResponseWriter)
		env     map[string]string
		profile string
		exit    int
		words   []string
	}{
		"expired": {answer: func(w http.ResponseWriter) {
			testkit.RefuseXML(w, 403, "ExpiredToken", "The security token included in the request is expired")
		}, exit: steps.ExitDenied, words: []string{"have expired", "aws login", "ExpiredToken"}},
		"unknown key": {answer: func(w http.ResponseWriter) {
			testkit.RefuseXML(w, 403, "InvalidClientTokenId", "The security token included in the request is invalid.")
		}, exit: steps.ExitDenied, words: []string{"does not know these keys", "AWS_ACCESS_KEY_ID"}},
		"wrong secret": {answer: func(w http.ResponseWriter) {
			testkit.RefuseXML(w, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
		}, exit: steps.ExitDenied, words: []string{"does not belong to this access key", "AWS_SECRET_ACCESS_KEY"}},
		"wrong clock": {answer: func(w http.ResponseWriter) {
			testkit.RefuseXML(w, 403, "SignatureDoesNotMatch", "Signature not yet current: 20260101T010000Z is still later than 20260101T001500Z")
		}, exit: steps.ExitFailed, words: []string{"clock is wrong"}},
		"none at all":     {env: config("[default]\n"), exit: steps.ExitDenied, words: []string{"no AWS credentials were found, neither in environment variables nor in", "aws login", "--sandbox", "--imds"}},
		"no such profile": {profile: "nobody", exit: steps.ExitDenied, words: []string{"nobody", "aws configure list-profiles"}},
		"aws login, never done": {profile: "dev", env: config("[profile dev]\nlogin_session = arn:aws:iam::123456789012:user/x\nregion = us-east-1\n"),
			exit: steps.ExitDenied, words: []string{"aws login --profile dev"}},
		"SSO session, never done": {profile: "dev", env: config("[profile dev]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\nregion = us-east-1\n" +
			"[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://example.invalid/start\n"), exit: steps.ExitDenied, words: []string{"aws sso login --profile dev"}},
		"legacy SSO, never done": {profile: "dev", env: config("[profile dev]\nsso_start_url = https://example.invalid/start\nsso_region = us-east-1\nsso_account_id = 123456789012\n" +
			"sso_role_name = r\nregion = us-east-1\n"), exit: steps.ExitDenied, words: []string{"aws sso login --profile dev"}},
		"MFA with nobody there": {profile: "dev", env: config("[profile dev]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/x\nregion = us-east-1\n" +
			"[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"), exit: steps.ExitNeedsPerson, words: []string{"aws sts get-session-token --serial-number arn:aws:iam::123456789012:mfa/x", `profile "dev"`}},
		"a process that fails": {profile: "dev", env: config("[profile dev]\ncredential_process = false\nregion = us-east-1\n"), exit: steps.ExitDenied, words: []string{"process"}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := c.answer
			if answer == nil {
				answer = caller("123456789012")
			}
			onAWS(t, fakeSTS(t, answer), c.env)
			s, o := prerequisitesOnAWS(t, awsenv.Options{Profile: c.profile}, testkit.NewRecord("test", false), nil)
			s.MustFail(o, c.exit, c.words...)
			if all := files(t, s.Home); strings.Contains(all, `"run"`) {
				t.Error("a record was written before the yes")
			}
		})
	}
}

func TestCredentialsOfAnotherAccountAreRefusedNamingBoth(t *testing.T) {
	onAWS(t, fakeSTS(t, caller("999988887777")), nil)
	r := testkit.NewRecord("test", false)
	r.Environment = run.Environment{Account: "123456789012", Region: "us-east-1"}
	s, o := prerequisitesOnAWS(t, awsenv.Options{}, r, nil)
	s.MustFail(o, steps.ExitDenied, "123456789012", "999988887777", "walk --new")
}

func TestAnotherRegionThanTheRunsIsRefused(t *testing.T) {
	onAWS(t, fakeSTS(t, caller("123456789012")), nil)
	r := testkit.NewRecord("test", false)
	r.Environment = run.Environment{Account: "123456789012", Region: "eu-west-1"}
	s, o := prerequisitesOnAWS(t, awsenv.Options{Region: "us-east-1"}, r, nil)
	s.MustFail(o, steps.ExitUsage, "eu-west-1", "us-east-1")
}

func TestARegionIsAskedForAndAnUnusualOneIsAHint(t *testing.T) {
	onAWS(t, fakeSTS(t, caller("123456789012")), map[string]string{"AWS_REGION": ""})
	answers := map[string]engine.Answer{"region": "xx-moon-7", "round_trip": "skip", "plan": engine.Yes}
	s, o := prerequisitesOnAWS(t, awsenv.Options{}, testkit.NewRecord("test", false), func(q engine.Question) (engine.Answer, bool) {
		if q.Name == "region" && (q.Check("mars") == nil || q.Default != "us-east-1") {
			t.Error("mars passes, or Enter is not us-east-1")
		}
		if q.Name == "plan" && q.Default != "" {
			t.Error("on AWS Enter is not yes")
		}
		return answers[q.Name], true
	})
	s.MustComplete(o)
	s.MustSay(o, "Account: 123456789012", "xx-moon-7", "was not known to be in", "Custom endpoints: ")
	var plan *steps.Plan
	for _, e := range o.Events {
		if p, ok := e.Body.(steps.Plan); ok {
			plan = &p
		}
	}
	if plan == nil || plan.Account != "123456789012" || plan.Caller == "" || plan.Region != "xx-moon-7" || len(plan.Resources) != 8 || len(plan.Endpoints) == 0 || plan.Cost == "" {
		t.Errorf("plan %+v", plan)
	}
}

func TestNoToThePlanMakesAndRemembersNothing(t *testing.T) {
	onAWS(t, fakeSTS(t, caller("123456789012")), nil)
	for _, a := range []engine.Answer{engine.No, ""} {
		s, o := prerequisitesOnAWS(t, awsenv.Options{}, testkit.NewRecord("test", false), func(q engine.Question) (engine.Answer, bool) {
			if q.Name == "plan" {
				return a, true
			}
			return engine.No, true
		})
		s.MustFail(o, steps.ExitFailed, "you did not agree to the plan; nothing was made")
		if all := files(t, s.Home); strings.Contains(all, `"run"`) {
			t.Error("a record was written")
		}
	}
}

func TestTheRoundTripLightsItsTick(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
	person, watch := s.Person, s.Watch
	link := make(chan string, 1)
	s.Watch = func(e engine.Event) {
		if watch(e); testkit.Link(e).Purpose == event.RoundTrip {
			link <- testkit.Link(e).URL
		}
	}
	s.Person = func(q engine.Question) (engine.Answer, bool) {
		if q.Name != "round_trip" {
			return person(q)
		}
		if resp, err := http.Get(<-link); err != nil || resp.StatusCode != 200 {
			t.Errorf("%v %v", resp, err)
		}
		return "", false
	}
	o := s.MustComplete(s.Walk())
	s.MustSay(o, "✓ Your browser reaches this listener")
}

func TestNothingIsRecordedOfSecretsAndIntentComesBeforeTheCall(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	giveReadyApp(s)
	kinds := map[string]string{"CreateUserPool": provision.UserPool, "CreateUserPoolDomain": provision.Domain, "CreateResourceServer": provision.ResourceServer,
		"CreateUserPoolClient": provision.Client, "CreateRole": provision.Role, "CreateGateway": provision.Gateway,
		"CreateOauth2CredentialProvider": provision.Provider, "CreateGatewayTarget": provision.Target}
	s.Intercept(func(op string, _ int, _ http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		_, operation, _ := strings.Cut(op, ":")
		kind := kinds[operation]
		if kind == "" {
			return false
		}
		r, err := s.Store().Load(s.Name)
		if err != nil {
			t.Errorf("%s: %v", operation, err)
			return false
		}
		x := r.Find(kind)
		if x == nil || x.Intended.IsZero() || !x.Made.IsZero() || x.Name == "" {
			t.Errorf("%s is not written down before the call: %+v", operation, x)
		} else if (operation == "CreateGateway" || operation == "CreateGatewayTarget") && len(x.ClientToken) < 33 {
			t.Errorf("%s: client token %q", operation, x.ClientToken)
		}
		return false
	})
	o := s.MustComplete(s.Walk())
	token, err := o.Of.AccessToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, secret := s.Sandbox.ReadyApp()
	kept := files(t, s.Home)
	for _, private := range []string{token, secret, "sandbox-secret-access-key"} {
		if strings.Contains(kept, private) {
			t.Errorf("%q is recorded", private)
		}
	}
}
