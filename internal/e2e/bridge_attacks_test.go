//go:build unix

package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentcore-3lo/internal/mcp"
)

// An agent decides what its client sends: which tools it calls, with which arguments,
// and with which _meta. None of that gives a consent.

func TestNoMessageOfAnAgentPressesTheButton(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{wait: 300 * time.Millisecond})
	b.mustSay("has not given it yet")
	page := b.page()
	accepted := sdk.InputResponseMap{"consent": &sdk.ElicitResult{Action: "accept", Content: map[string]any{"choice": "continue"}}}
	for name, p := range map[string]*sdk.CallToolParams{
		"arguments":                {Name: profileTool, Arguments: map[string]any{"choice": "continue", "press": "1", "action": "accept", "consent": true}},
		"an accepted elicitation":  {Name: profileTool, InputResponses: accepted, RequestState: "1"},
		"meta":                     {Name: profileTool, Meta: sdk.Meta{"consent": "accept", "io.modelcontextprotocol/consent": true}},
		"a tool that is not there": {Name: "consent"},
	} {
		if res, err := b.session.CallTool(t.Context(), p); err == nil && !res.IsError {
			t.Errorf("%s: the call succeeded", name)
		}
	}
	b.mustCount("CompleteResourceTokenAuth", 0)
	b.mustPages(0)
	if status, html, _ := page.send(http.MethodGet, nil, nil); status != http.StatusOK || !strings.Contains(html, "Continue to") {
		t.Errorf("the page is no longer open: HTTP %d", status)
	}
}

// A client of 2026-07-28 that does not show links cannot say that its user has opened
// one either.
func TestAClientThatIsNotHandedTheQuestionCannotAnswerIt(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{version: "2026-07-28", wait: 300 * time.Millisecond})
	b.mustSay("has not given it yet")
	page := b.page()
	for _, action := range []string{"accept", "decline"} {
		res, err := b.session.CallTool(t.Context(), &sdk.CallToolParams{Name: profileTool, RequestState: "guess", InputResponses: sdk.InputResponseMap{"consent": &sdk.ElicitResult{Action: action}}})
		if err == nil && !res.IsError {
			t.Errorf("%s: the call succeeded", action)
		}
	}
	if link := page.press("continue"); link == "" {
		t.Error("the question was answered by the agent")
	}
	b.mustCount("CompleteResourceTokenAuth", 0)
}

// An accept says that the user goes on to the link. The session is bound by the browser
// that comes back, and by nothing else.
func TestAnAcceptFromAClientBindsNothing(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2025-11-25", "2026-07-28"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			b := startBridge(t, newBridgedRun(t), bridgeOptions{version: version, wait: time.Second, elicits: func(sdk.ElicitParams) string { return "accept" }})
			b.mustSay("has not given it yet")
			b.mustCount("CompleteResourceTokenAuth", 0)
		})
	}
}

func TestNoMessageOfAnAgentChoosesTheReturnURL(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{wait: 100 * time.Millisecond})
	evil := map[string]any{"oauthCredentialProvider": map[string]any{"returnUrl": "https://evil.example/", "forceAuthentication": true}}
	for _, key := range []string{mcp.MetaKey, strings.ToUpper(mcp.MetaKey)} {
		_, _ = b.session.CallTool(t.Context(), &sdk.CallToolParams{Name: profileTool, Meta: sdk.Meta{key: evil, "traceparent": "kept"}})
	}
	calls := 0
	for _, r := range b.run.Requests() {
		if r.Op != "gateway:tools/call" {
			continue
		}
		calls++
		if strings.Contains(r.Body, "evil") || strings.Contains(r.Body, "forceAuthentication") || !strings.Contains(r.Body, `"returnUrl":"http://localhost:`) || !strings.Contains(r.Body, `"traceparent":"kept"`) {
			t.Errorf("the gateway got %s", r.Body)
		}
	}
	if calls != 2 {
		t.Errorf("%d calls were made", calls)
	}
}

func TestNoMessageOfAnAgentLengthensTheLifeOfALink(t *testing.T) {
	t.Parallel()
	r := newBridgedRun(t)
	b := startBridge(t, r, bridgeOptions{wait: 200 * time.Millisecond})
	b.mustSay("has not given it yet")
	link := b.page().press("continue")
	r.Advance(11 * time.Minute) // AgentCore's clock: the link has expired there
	for range 3 {
		_, _ = b.call()
	}
	_ = allow(t.Context(), link)
	b.mustCount("CompleteResourceTokenAuth", 0)
	if said, isError := b.call(); !isError {
		t.Errorf("the tool answered %s", said)
	}
}

func TestAnAgentReadsNeitherTokenNorSessionNorLinkNorPage(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{})
	var caller sync.WaitGroup
	caller.Go(b.mustProfile)
	page := b.page()
	at, err := url.Parse(page.address)
	if err != nil || len(at.Path) < 20 {
		t.Fatalf("the page is at %s", page.address)
	}
	link := page.press("continue")
	if err := allow(t.Context(), link); err != nil {
		t.Error(err)
	}
	caller.Wait()
	if _, err := b.session.ListTools(t.Context(), nil); err != nil { // whatever else it may ask
		t.Error(err)
	}
	u, _ := url.Parse(link)
	b.mustKeepSecrets(link, u.Query().Get("request_uri"), at.Host, at.Path, page.form("continue").Get("press"))
	for _, secret := range []string{u.Query().Get("request_uri"), at.Path} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

// Who asks is shown as it calls itself, and cannot pretend to be anything else.
func TestThePageShowsWhoAsksAndTheWholeLinkAndOpensNothingByItself(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{wait: 300 * time.Millisecond})
	b.mustSay("has not given it yet")
	page := b.page()
	for _, words := range []string{"claude&lt;U+202E&gt;-code 2␛[31m", profileTool, "<mark>127.0.0.1</mark>", "request_uri=urn%3Aietf", "expires at", "Decline", "SANDBOX"} {
		if !strings.Contains(page.html, words) {
			t.Errorf("the page lacks %q:\n%s", words, page.html)
		}
	}
	for _, moving := range []string{"<a ", "http-equiv", "<script", "<img", "<iframe"} {
		if strings.Contains(page.html, moving) {
			t.Errorf("the page has %q", moving)
		}
	}
	if n := b.run.Count("authorize"); n != 0 {
		t.Errorf("the link was opened %d times before the press", n)
	}
}

// Another user of this machine may read the command line of the browser, and a page of
// another site may send requests. Neither gets the button.
func TestOnlyTheUsersBrowserPressesTheButton(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{wait: 300 * time.Millisecond})
	b.mustSay("has not given it yet")
	page := b.page()
	form := page.form("continue")
	origin := "http://" + strings.Split(page.address, "/")[2]
	for name, attack := range map[string]struct {
		method string
		form   url.Values
		header http.Header
	}{
		"a form of another site":       {"POST", form, http.Header{"Origin": {"https://evil.example"}}},
		"a form without an origin":     {"POST", form, http.Header{"Origin": nil}},
		"a form of a sandboxed frame":  {"POST", form, http.Header{"Origin": {"null"}}},
		"a cross-site form":            {"POST", form, http.Header{"Sec-Fetch-Site": {"cross-site"}}},
		"another port of this machine": {"POST", form, http.Header{"Sec-Fetch-Site": {"same-site"}}},
		"a rebound name":               {"POST", form, http.Header{"Host": {"evil.example"}, "Origin": {origin}}},
		"no token":                     {"POST", url.Values{"choice": {"continue"}}, nil},
		"a guessed token":              {"POST", url.Values{"choice": {"continue"}, "press": {"AAAAAAAAAAAAAAAAAAAAAAAAAA"}}, nil},
		"an image":                     {"GET", nil, http.Header{"Sec-Fetch-Dest": {"image"}, "Sec-Fetch-Mode": {"no-cors"}}},
		"a frame":                      {"GET", nil, http.Header{"Sec-Fetch-Dest": {"iframe"}, "Sec-Fetch-Mode": {"navigate"}}},
		"a prefetch":                   {"GET", nil, http.Header{"Sec-Purpose": {"prefetch"}}},
		"HEAD":                         {"HEAD", nil, nil},
		"PUT":                          {"PUT", nil, nil},
	} {
		status, html, answer := page.send(attack.method, attack.form, attack.header)
		if status < 400 || answer.Get("Refresh") != "" || strings.Contains(html, "request_uri") {
			t.Errorf("%s: HTTP %d, %s", name, status, html)
		}
		if !strings.Contains(answer.Get("Content-Security-Policy"), "frame-ancestors 'none'") || answer.Get("Cache-Control") != "no-store" || answer.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: the answer is not protected: %v", name, answer)
		}
	}
	stranger := &consentPage{t: t, address: page.address, browser: &http.Client{Timeout: 5 * time.Second}}
	if status, html, _ := stranger.send("GET", nil, nil); status != http.StatusForbidden || strings.Contains(html, "request_uri") || strings.Contains(html, `name="press"`) {
		t.Errorf("another browser gets HTTP %d, %s", status, html)
	}
	if status, _, _ := stranger.send("POST", form, nil); status != http.StatusForbidden {
		t.Errorf("another browser presses the button: HTTP %d", status)
	}
	elsewhere := &consentPage{t: t, address: origin + "/", browser: page.browser}
	if status, _, _ := elsewhere.send("GET", nil, nil); status != http.StatusNotFound {
		t.Errorf("another path answers HTTP %d", status)
	}
	if link := page.press("continue"); link == "" {
		t.Error("the user's own press was not taken")
	}
	if status, _, answer := page.send("POST", form, nil); status != http.StatusForbidden || answer.Get("Refresh") != "" {
		t.Errorf("the same press was taken twice: HTTP %d", status)
	}
}

// A link that no browser may open, or whose consent could not be bound, is not shown,
// whoever asks; the model is told without it.
func TestALinkThatMustNotBeOpenedIsNotShown(t *testing.T) {
	t.Parallel()
	for link, words := range map[string]string{
		"javascript:alert(1)?request_uri=urn:ietf:params:oauth:request_uri:x": "only https links can be opened",
		"https://evil.example/steal":                                          "names no session",
	} {
		for name, o := range map[string]bridgeOptions{"page": {}, "client": {elicits: func(sdk.ElicitParams) string { return "accept" }}} {
			t.Run(name+" "+words, func(t *testing.T) {
				t.Parallel()
				b := startBridge(t, newBridgedRun(t), o)
				b.run.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
					if op != "gateway:tools/call" {
						return false
					}
					var rq struct{ ID json.RawMessage }
					_ = json.NewDecoder(r.Body).Decode(&rq)
					w.Header().Set("Content-Type", "application/json")
					_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":` + string(rq.ID) + `,"error":{"code":-32042,"message":"m","data":{"elicitations":[{"mode":"url","elicitationId":"e","message":"m","url":"` + link + `"}]}}}`))
					return true
				})
				b.mustSay(words, "not shown")
				b.mustPages(0)
				if said := b.said.String() + b.log.String(); len(b.asked) != 0 || strings.Contains(said, "evil.example") || strings.Contains(said, "alert(1)") {
					t.Errorf("the link was shown: %s", said)
				}
			})
		}
	}
}

// A call that its client cancels leaves the question open: the user may still consent,
// and the next call succeeds.
func TestACancelledCallLeavesTheQuestionOpen(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	var caller sync.WaitGroup
	caller.Go(func() { _, _ = b.session.CallTool(ctx, &sdk.CallToolParams{Name: profileTool}) })
	page := b.page()
	cancel()
	caller.Wait()
	if err := allow(t.Context(), page.press("continue")); err != nil {
		t.Error(err)
	}
	b.mustProfile()
	b.mustPages(0)
}
