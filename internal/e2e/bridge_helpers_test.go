//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentcore-3lo/internal/bridge"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

const profileTool = "LinkedInAuthCode___getUserInfo"

// consentCommand is what the bridge tells a user to enter.
const consentCommand = "agentcore-3lo consent --run test"

// bridged is a client with its bridge, in front of a run whose user has not consented.
type bridged struct {
	t       *testing.T
	run     *testkit.Run
	session *sdk.ClientSession
	said    *testkit.Output // all that the bridge wrote
	log     *testkit.Output
	pages   chan string   // addresses that were opened in the browser
	over    chan struct{} // closed when the bridge has ended
	leave   func()        // closes the bridge's input
	asked   chan sdk.ElicitParams
	done    chan string // IDs of elicitations that are complete
}

// bridgeOptions are what differs between bridges and their clients.
type bridgeOptions struct {
	version  string                                 // that the client speaks; "" = 2025-11-25
	elicits  func(sdk.ElicitParams) (action string) // nil = the client shows no links
	wait     time.Duration
	settings func(*steps.Settings)
	blind    bool // there is no display
}

// newBridgedRun is a run that has everything but a consent.
func newBridgedRun(t *testing.T) *testkit.Run {
	t.Helper()
	r := testkit.NewRun(t, testkit.StartSandbox(t))
	var todo []steps.Step
	for _, s := range steps.Tutorial() {
		if s.ID != steps.Consent && s.ID != steps.Invoke {
			todo = append(todo, s)
		}
	}
	r.MustComplete(r.Drive(engine.Mode{Follow: true}, todo...))
	r.ForgetRequests()
	return r
}

// behind is the run as the command line gives it to a bridge.
type behind struct{ *steps.Bridged }

func (b behind) Failed(error) bool { return false }

func startBridge(t *testing.T, r *testkit.Run, o bridgeOptions) *bridged {
	t.Helper()
	b := &bridged{t: t, run: r, said: &testkit.Output{}, log: &testkit.Output{}, pages: make(chan string, 100), over: make(chan struct{}),
		asked: make(chan sdk.ElicitParams, 100), done: make(chan string, 100)}
	before := r.Settings
	r.Configure(func(s *steps.Settings) {
		s.LookOnly = true
		if o.settings != nil {
			o.settings(s)
		}
	})
	walk := r.NewWalk(nil)
	r.Settings = before
	server := bridge.Server{Run: behind{walk.Bridged()}, Name: "test", Version: "1", Command: consentCommand, Wait: 10 * time.Second, Sandbox: true,
		Log: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if o.wait != 0 {
		server.Wait = o.wait
	}
	if !o.blind {
		server.Browser = func(address string) error { b.pages <- address; return nil }
	}
	in, toBridge := io.Pipe()
	fromBridge, out := io.Pipe()
	b.leave = sync.OnceFunc(func() { _ = toBridge.Close() })
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		defer close(b.over)
		defer walk.Close()
		_ = server.Serve(ctx, in, io.MultiWriter(b.said, out))
		_ = out.Close()
	}()
	t.Cleanup(func() {
		b.leave()
		stop()
		<-b.over
		if w := walk.Environment(); w != nil {
			w.HTTP.CloseIdleConnections()
		}
	})
	b.connect(o, &sdk.IOTransport{Reader: fromBridge, Writer: toBridge})
	return b
}

// connect connects the client: the official SDK's.
func (b *bridged) connect(o bridgeOptions, transport sdk.Transport) {
	b.t.Helper()
	options := &sdk.ClientOptions{Capabilities: &sdk.ClientCapabilities{},
		ElicitationCompleteHandler: func(_ context.Context, r *sdk.ElicitationCompleteNotificationRequest) {
			b.done <- r.Params.ElicitationID
		}}
	if o.elicits != nil {
		options.Capabilities.Elicitation = &sdk.ElicitationCapabilities{URL: &sdk.URLElicitationCapabilities{}}
		options.ElicitationHandler = func(_ context.Context, r *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
			b.asked <- *r.Params
			return &sdk.ElicitResult{Action: o.elicits(*r.Params)}, nil
		}
	}
	version := o.version
	if version == "" {
		version = "2025-11-25"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var err error
	b.session, err = sdk.NewClient(&sdk.Implementation{Name: "claude\u202e-code", Version: "2\x1b[31m"}, options).Connect(ctx, transport, &sdk.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		b.t.Fatalf("connecting to the bridge: %v\n%s", err, b.log)
	}
}

// call calls the profile tool and returns what its result says.
func (b *bridged) call() (said string, isError bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	res, err := b.session.CallTool(ctx, &sdk.CallToolParams{Name: profileTool, Arguments: map[string]any{}})
	if err != nil {
		b.t.Errorf("calling the tool: %v\n%s", err, b.log)
		return "", true
	}
	for _, c := range res.Content {
		if text, is := c.(*sdk.TextContent); is {
			said += text.Text
		}
	}
	return said, res.IsError
}

// mustProfile calls the tool, which answers with the profile.
func (b *bridged) mustProfile() {
	b.t.Helper()
	if said, isError := b.call(); isError || !strings.Contains(said, "ana@example.com") {
		b.t.Errorf("the tool answered: %s\n%s", said, b.log)
	}
}

// mustSay calls the tool, whose result says that it went wrong in these words.
func (b *bridged) mustSay(words ...string) {
	b.t.Helper()
	said, isError := b.call()
	if !isError {
		b.t.Errorf("the tool answered: %s", said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			b.t.Errorf("the result lacks %q: %s", w, said)
		}
	}
}

// page waits for the page that the user is asked on.
func (b *bridged) page() *consentPage {
	b.t.Helper()
	select {
	case address := <-b.pages:
		return openPage(b.t, address)
	case <-time.After(20 * time.Second):
		b.t.Fatalf("no page was opened\n%s", b.log)
		return nil
	}
}

// meanwhile lets somebody act beside the test. The function that it returns waits until they are
// done; a test that ended before would cut the answer to their last request.
func meanwhile(act func()) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		act()
	}()
	return func() { <-done }
}

// consents is the user who consents on the page and at the vendor.
func (b *bridged) consents() {
	b.t.Helper()
	if err := allow(b.t.Context(), b.page().press("continue")); err != nil {
		b.t.Errorf("consenting: %v", err)
	}
}

// consentPage is the bridge's page in a browser.
type consentPage struct {
	t       *testing.T
	address string
	browser *http.Client
	html    string
}

func openPage(t *testing.T, address string) *consentPage {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &consentPage{t: t, address: address, browser: &http.Client{Jar: jar, Timeout: 10 * time.Second}}
	status, html, _ := p.send(http.MethodGet, nil, nil)
	if status != http.StatusOK {
		t.Errorf("the page answered HTTP %d: %s", status, html)
	}
	p.html = html
	return p
}

// send sends a request of the page's browser.
func (p *consentPage) send(method string, form url.Values, header http.Header) (status int, html string, answer http.Header) {
	p.t.Helper()
	req, err := http.NewRequest(method, p.address, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if method == http.MethodPost {
		at, _ := url.Parse(p.address)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", "http://"+at.Host)
	}
	for name, values := range header {
		req.Header[name] = values
		if name == "Host" {
			req.Host = values[0]
		}
	}
	resp, err := p.browser.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), resp.Header
}

var pressToken = regexp.MustCompile(`name="press" value="([^"]+)"`)

// form is the form of the page with one of its buttons.
func (p *consentPage) form(choice string) url.Values {
	p.t.Helper()
	token := pressToken.FindStringSubmatch(p.html)
	if token == nil {
		p.t.Fatalf("the page has no form: %s", p.html)
	}
	return url.Values{"press": {token[1]}, "choice": {choice}}
}

// press presses a button, and returns where the browser goes.
func (p *consentPage) press(choice string) (link string) {
	p.t.Helper()
	status, html, answer := p.send(http.MethodPost, p.form(choice), nil)
	if status != http.StatusOK {
		p.t.Errorf("%s answered HTTP %d: %s", choice, status, html)
	}
	_, link, _ = strings.Cut(answer.Get("Refresh"), "url=")
	return link
}

// mustEnd waits for the end of the bridge.
func (b *bridged) mustEnd(within time.Duration) {
	b.t.Helper()
	select {
	case <-b.over:
	case <-time.After(within):
		b.t.Errorf("the bridge has not ended after %s\n%s", within, b.log)
	}
}

// sessionsIn finds authorization sessions in all spellings of a link.
var sessionsIn = regexp.MustCompile(`request_uri(%3A|:|=)[^"\\ ]{8}`)

// mustKeepSecrets looks for what no agent may read in all that the bridge wrote.
func (b *bridged) mustKeepSecrets(more ...string) {
	b.t.Helper()
	said := b.said.String()
	for _, r := range b.run.Requests() {
		if i := strings.Index(r.Body, `"userToken":"`); i >= 0 {
			token, _, _ := strings.Cut(r.Body[i+len(`"userToken":"`):], `"`)
			more = append(more, token)
		}
	}
	for _, secret := range more {
		if secret != "" && strings.Contains(said, secret) {
			b.t.Errorf("the bridge wrote %q", secret)
		}
	}
	if found := sessionsIn.FindString(said); found != "" {
		b.t.Errorf("the bridge wrote a session: %q", found)
	}
	if bytes.Contains([]byte(said), []byte("eyJ")) {
		b.t.Error("the bridge wrote a token")
	}
}

func (b *bridged) mustCount(op string, want int) {
	b.t.Helper()
	if n := b.run.Count(op); n != want {
		b.t.Errorf("%s was called %d times, want %d", op, n, want)
	}
}

func (b *bridged) mustPages(want int) {
	b.t.Helper()
	if n := len(b.pages); n != want {
		b.t.Errorf("%d more pages were opened, want %d", n, want)
	}
}
