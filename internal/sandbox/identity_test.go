package sandbox_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	dp "github.com/aws/aws-sdk-go-v2/service/bedrockagentcore"
	dpt "github.com/aws/aws-sdk-go-v2/service/bedrockagentcore/types"
	ac "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"

	"agentcore-3lo/internal/sandbox"
)

func sessionOf(t *testing.T, link string) string {
	t.Helper()
	return must(url.Parse(link))(t).Query().Get("request_uri")
}

func get(t *testing.T, address string) (*http.Response, string) {
	t.Helper()
	reply := must(http.Get(address))(t)
	return reply, readAll(t, reply)
}

func wantSessionError(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "AccessDeniedException: Invalid or expired session") {
		t.Errorf("%s: %v", what, err)
	}
}

func TestSessionBinding(t *testing.T) {
	now := newClock()
	s := start(t, sandbox.Options{Now: now.Now})
	w := newWalk(t, s).all()
	l := newListener(t)
	person := sandbox.Person{}

	link := w.call(l.URL, true).link(t)
	session := sessionOf(t, link)
	wantSessionError(t, "before consent", w.complete(session, w.bearer))
	if err := person.Allow(ctx(), link); err != nil {
		t.Fatal(err)
	}
	wantSessionError(t, "another JWT of the same client", w.complete(session, w.token()))
	wantSessionError(t, "another session", w.complete(session+"x", w.bearer))
	if err := w.complete(session, w.bearer); err != nil {
		t.Fatal(err)
	}
	wantSessionError(t, "a second time", w.complete(session, w.bearer))

	late := w.call(l.URL, true).link(t)
	if err := person.Allow(ctx(), late); err != nil {
		t.Fatal(err)
	}
	now.Advance(10*time.Minute + time.Second)
	wantSessionError(t, "after ten minutes", w.complete(sessionOf(t, late), w.bearer))

	const token = `"userIdentifier":{"userToken":"a.b.c"}`
	expectRules(t, s.Endpoint(), []rule{
		{"session pattern", identities("CompleteResourceTokenAuth", `{"sessionUri":"nonsense",`+token+`}`), 400, "ValidationException", "sessionUri"},
		{"token pattern", identities("CompleteResourceTokenAuth", `{"sessionUri":"urn:ietf:params:oauth:request_uri:x","userIdentifier":{"userToken":"a"}}`), 400, "ValidationException", "userToken"},
		{"two identifiers", identities("CompleteResourceTokenAuth", `{"sessionUri":"urn:ietf:params:oauth:request_uri:x","userIdentifier":{"userToken":"a.b.c","userId":"u"}}`), 400, "ValidationException", "exactly one value"},
		{"nobody", identities("CompleteResourceTokenAuth", `{"sessionUri":"urn:ietf:params:oauth:request_uri:x"}`), 400, "ValidationException", "userIdentifier"},
		{"unknown session", identities("CompleteResourceTokenAuth", `{"sessionUri":"urn:ietf:params:oauth:request_uri:x",`+token+`}`), 403, "AccessDeniedException", "Invalid or expired session"},
	})
}

func TestAuthorizationLinkWorksOnce(t *testing.T) {
	now := newClock()
	s := start(t, sandbox.Options{Now: now.Now})
	w := newWalk(t, s).all()
	link := w.call("", true).link(t)
	if reply, body := get(t, link); reply.StatusCode != 200 || !strings.Contains(body, "/allow") {
		t.Fatalf("first: %d %s", reply.StatusCode, body)
	}
	if reply, body := get(t, link); reply.StatusCode != 400 || !strings.Contains(body, "Invalid request") {
		t.Errorf("second: %d %s", reply.StatusCode, body)
	}
	late := w.call("", true).link(t)
	now.Advance(10*time.Minute + time.Second)
	if reply, body := get(t, late); reply.StatusCode != 400 || !strings.Contains(body, "Invalid request") {
		t.Errorf("late: %d %s", reply.StatusCode, body)
	}
	if reply, _ := get(t, s.Endpoint()+"/identities/oauth2/authorize?request_uri=nonsense"); reply.StatusCode != 400 {
		t.Errorf("nonsense: %d", reply.StatusCode)
	}
	if reply, body := get(t, w.callback+"?code=x&state=y"); reply.StatusCode != 400 || !strings.Contains(body, "Invalid request") {
		t.Errorf("callback without a session: %d %s", reply.StatusCode, body)
	}
}

func TestProviderPages(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	person := sandbox.Person{}
	clientID, secret, err := person.CreateApp(ctx(), s.PortalURL())
	if err != nil {
		t.Fatal(err)
	}
	w.inbound()
	w.makeRole(adminPolicy)
	w.makeGateway(nil)
	w.makeProvider(clientID, secret)
	l := newListener(t)
	w.makeTarget(l.URL)
	w.bearer = w.token()

	err = person.Allow(ctx(), w.call("", true).link(t))
	if err == nil || !strings.Contains(err.Error(), "The redirect_uri does not match the registered value") {
		t.Errorf("callback not registered: %v", err)
	}
	if err := person.RegisterRedirect(ctx(), s.PortalURL(), clientID, w.callback+"/"); err != nil {
		t.Fatal(err)
	}
	err = person.Allow(ctx(), w.call("", true).link(t))
	if err == nil || !strings.Contains(err.Error(), "does not match") {
		t.Errorf("a slash too many: %v", err)
	}
	if err := person.RegisterRedirect(ctx(), s.PortalURL(), clientID, w.callback); err != nil {
		t.Fatal(err)
	}
	w.useApp(clientID, "wrong")
	link := w.call("", true).link(t)
	if err := person.Allow(ctx(), link); err != nil {
		t.Fatal(err)
	}
	if err := w.complete(sessionOf(t, link), w.bearer); err == nil || !strings.Contains(err.Error(), "invalid_client") {
		t.Errorf("wrong secret: %v", err)
	}
	sendForm(t, s, "/apps/"+clientID+"/secret", nil)
	w.useApp(clientID, secret)
	link = w.call("", true).link(t)
	if err := person.Allow(ctx(), link); err != nil {
		t.Fatal(err)
	}
	if err := w.complete(sessionOf(t, link), w.bearer); err == nil || !strings.Contains(err.Error(), "invalid_client") {
		t.Errorf("the secret before the one that was generated: %v", err)
	}
	_, auth := get(t, s.PortalURL()+"/apps/"+clientID+"/auth?show=secret")
	rotated := regexp.MustCompile(`WPL_[^<]+`).FindString(auth)
	if rotated == "" || rotated == secret {
		t.Fatalf("the Auth tab shows %q after %q", rotated, secret)
	}
	w.useApp(clientID, rotated)
	provider := must(w.c.control.GetOauth2CredentialProvider(ctx(), &ac.GetOauth2CredentialProviderInput{Name: &w.provider}))(t)
	if *provider.CallbackUrl != w.callback {
		t.Error("an update has changed the callback URL")
	}
	w.consent(l)

	w.useApp("nobody", rotated)
	err = person.Allow(ctx(), w.call("", true).link(t))
	if err == nil || !strings.Contains(err.Error(), "client_id is invalid") {
		t.Errorf("unknown client: %v", err)
	}
}

// sendForm submits a form of the portal, and returns the path and query of the next page.
func sendForm(t *testing.T, s *sandbox.Server, path string, fields url.Values) *url.URL {
	t.Helper()
	reply := must(http.PostForm(s.PortalURL()+path, fields))(t)
	if body := readAll(t, reply); reply.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", path, reply.StatusCode, body)
	}
	return reply.Request.URL
}

// appWithoutProduct creates an app for which no product was requested.
func appWithoutProduct(t *testing.T, s *sandbox.Server) (id string) {
	t.Helper()
	page := sendForm(t, s, "/pages/new", url.Values{"name": {"P"}}).Query().Get("page")
	return strings.Split(sendForm(t, s, "/apps/new", url.Values{"name": {"A"}, "page": {page}, "terms": {"accepted"}}).Path, "/")[3]
}

func TestProductNotRequested(t *testing.T) {
	s := start(t, sandbox.Options{})
	app := appWithoutProduct(t, s)
	w := newWalk(t, s)
	w.inbound()
	w.makeRole(adminPolicy)
	w.makeGateway(nil)
	w.makeProvider(app, "secret")
	sendForm(t, s, "/apps/"+app+"/redirects", url.Values{"redirect": {w.callback}})
	l := newListener(t)
	w.makeTarget(l.URL)
	w.bearer = w.token()
	_, _ = get(t, w.call("", true).link(t))
	if got := l.last(t); got.Get("error") != "unauthorized_scope_error" || !strings.Contains(got.Get("error_description"), `Scope "openid"`) {
		t.Errorf("%v", got)
	}
}

func TestRefusals(t *testing.T) {
	for _, variant := range []sandbox.Refusal{sandbox.RefusalWithError, sandbox.RefusalBare, sandbox.RefusalDeadEnd} {
		t.Run(string(variant), func(t *testing.T) {
			s := start(t, sandbox.Options{Refusal: variant})
			w := newWalk(t, s).all()
			l := newListener(t)
			link := w.call(l.URL, true).link(t)
			if err := (sandbox.Person{}).Cancel(ctx(), link); err != nil {
				t.Fatal(err)
			}
			wantSessionError(t, "after a refusal", w.complete(sessionOf(t, link), w.bearer))
			if variant == sandbox.RefusalDeadEnd {
				if len(l.seen) != 0 {
					t.Errorf("a dead end came back: %v", l.seen)
				}
				return
			}
			got := l.last(t)
			if got.Get("error") != "access_denied" || got.Has("session_id") != (variant == sandbox.RefusalWithError) {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestPagesAreGuarded(t *testing.T) {
	s := start(t, sandbox.Options{PublicURL: "https://studio.example/proxy/9595"})
	send := func(method, address, host string, headers ...string) (*http.Response, string) {
		request, err := http.NewRequest(method, address, strings.NewReader("name=x"))
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		reply := must(http.DefaultTransport.RoundTrip(request))(t)
		return reply, readAll(t, reply)
	}
	for _, c := range []struct {
		name, method, path, host string
		headers                  []string
		status                   int
	}{
		{"rebound name", "GET", "/developers", "evil.example:9595", nil, 421},
		{"localhost", "GET", "/developers", "localhost:1", nil, 200},
		{"public host", "GET", "/developers", "studio.example", nil, 200},
		{"forwarded prefix", "GET", "/proxy/9595/developers", "studio.example", nil, 200},
		{"another site's form", "POST", "/developers/pages/new", "localhost:1", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"another origin's form", "POST", "/developers/pages/new", "localhost:1", []string{"Origin", "https://evil.example"}, 403},
		{"its own form", "POST", "/developers/pages/new", "localhost:1", []string{"Sec-Fetch-Site", "same-origin"}, 303},
		{"its own form, by the public name", "POST", "/developers/pages/new", "localhost:1", []string{"Origin", "https://studio.example"}, 303},
		{"nothing", "GET", "/", "localhost:1", nil, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			reply, body := send(c.method, s.Endpoint()+c.path, c.host, c.headers...)
			if reply.StatusCode != c.status {
				t.Errorf("%d %s", reply.StatusCode, body)
			}
		})
	}
	reply, body := send("GET", s.Endpoint()+"/developers", "localhost:1")
	if policy := reply.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script") {
		t.Errorf("policy %q", policy)
	}
	if !strings.Contains(body, "SANDBOX") || !strings.Contains(body, `href="/proxy/9595/developers/apps/new"`) {
		t.Errorf("page: %s", body)
	}
	if s.PortalURL() != "https://studio.example/proxy/9595/developers" {
		t.Errorf("portal: %s", s.PortalURL())
	}
	if _, body := send("GET", s.Endpoint()+sandbox.IdentityPath, "localhost:1"); !strings.Contains(body, `"portal":"`+s.PortalURL()+`"`) || !strings.Contains(body, `"public_url":"https://studio.example/proxy/9595"`) {
		t.Errorf("it says of itself: %s", body)
	}
	nasty, _ := send("GET", s.Endpoint()+"/<script>alert(1)</script>", "localhost:1")
	if nasty.StatusCode != 404 {
		t.Error(nasty.StatusCode)
	}
	w := newWalk(t, s)
	w.makeProvider("c", "s")
	if !strings.HasPrefix(w.callback, "https://studio.example/proxy/9595/identities/oauth2/callback/") {
		t.Errorf("callback %s", w.callback)
	}
}

// Programs other than gateways use GetResourceOauth2Token.
func TestDataPlane(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s).all()
	l := newListener(t)
	must(w.c.control.CreateWorkloadIdentity(ctx(), &ac.CreateWorkloadIdentityInput{Name: aws.String("agent")}))(t)
	workload := *must(w.c.data.GetWorkloadAccessTokenForJWT(ctx(), &dp.GetWorkloadAccessTokenForJWTInput{WorkloadName: aws.String("agent"), UserToken: &w.bearer}))(t).WorkloadAccessToken
	ask := func(token, returnURL string) (*dp.GetResourceOauth2TokenOutput, error) {
		return w.c.data.GetResourceOauth2Token(ctx(), &dp.GetResourceOauth2TokenInput{
			WorkloadIdentityToken: &token, ResourceCredentialProviderName: &w.provider, Scopes: []string{"openid"},
			Oauth2Flow: dpt.Oauth2FlowTypeUserFederation, ResourceOauth2ReturnUrl: &returnURL,
		})
	}
	if _, err := ask(workload, l.URL); err == nil || !strings.Contains(err.Error(), "You must register and use at least one ResourceOauth2ReturnUrl") {
		t.Errorf("an empty list: %v", err)
	}
	must(w.c.control.UpdateWorkloadIdentity(ctx(), &ac.UpdateWorkloadIdentityInput{Name: aws.String("agent"), AllowedResourceOauth2ReturnUrls: []string{l.URL}}))(t)
	if _, err := ask(workload, l.URL+"/other"); err == nil || !strings.Contains(err.Error(), "is not registered for AgentIdentity agent") {
		t.Errorf("a URL that is not listed: %v", err)
	}
	if _, err := ask("forged", l.URL); err == nil || !strings.Contains(err.Error(), "UnauthorizedException") {
		t.Errorf("a forged token: %v", err)
	}
	asked := must(ask(workload, l.URL))(t)
	if err := (sandbox.Person{}).Allow(ctx(), *asked.AuthorizationUrl); err != nil {
		t.Fatal(err)
	}
	if err := w.complete(*asked.SessionUri, w.bearer); err != nil {
		t.Fatal(err)
	}
	token := *must(ask(workload, l.URL))(t).AccessToken
	for bearer, want := range map[string]int{token: 200, "forged": 401} {
		request := must(http.NewRequest(http.MethodGet, s.Endpoint()+"/v2/userinfo", nil))(t)
		request.Header.Set("Authorization", "Bearer "+bearer)
		reply := must(http.DefaultClient.Do(request))(t)
		if body := readAll(t, reply); reply.StatusCode != want {
			t.Errorf("userinfo: %d %s", reply.StatusCode, body)
		}
	}
}
