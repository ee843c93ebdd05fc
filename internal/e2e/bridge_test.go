//go:build unix

package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentcore-3lo/internal/loopback"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

func TestTheBridgeAsksOnItsPageAndTheCallEndsInTheProfile(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{})
	defer meanwhile(b.consents)()
	b.mustProfile()
	b.mustProfile() // and asks nobody again
	b.mustPages(0)
	b.mustCount("CompleteResourceTokenAuth", 1)
	b.mustKeepSecrets()
}

func TestTheBridgeAsksThroughAClientThatShowsLinks(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2025-11-25", "2026-07-28"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			b := startBridge(t, newBridgedRun(t), bridgeOptions{version: version, elicits: func(q sdk.ElicitParams) string {
				if err := allow(t.Context(), q.URL); err != nil {
					t.Error(err)
				}
				return "accept"
			}})
			b.mustProfile()
			asked := <-b.asked
			if asked.Mode != "url" || !strings.Contains(asked.Message, "The gateway says: “Please login") {
				t.Errorf("the client was asked %+v", asked)
			}
			if version == "2025-11-25" {
				if id := <-b.done; id == "" || id != asked.ElicitationID {
					t.Errorf("elicitation %q is complete, and %q was asked", id, asked.ElicitationID)
				}
			}
			b.mustPages(0)
			b.mustCount("CompleteResourceTokenAuth", 1)
			b.mustProfile()
		})
	}
}

func TestHoweverManyCallsWaitThereIsOneConsent(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]bridgeOptions{"page": {}, "2025-11-25": {elicits: func(q sdk.ElicitParams) string { return consentSoon(t, q) }},
		"2026-07-28": {version: "2026-07-28", elicits: func(q sdk.ElicitParams) string { return consentSoon(t, q) }}} {
		for _, calls := range []int{2, 100} {
			o := o
			o.wait = 30 * time.Second
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := startBridge(t, newBridgedRun(t), o)
				var callers sync.WaitGroup
				for range calls {
					callers.Go(b.mustProfile)
				}
				if o.elicits == nil {
					page := b.page()
					waitFor(t, "every call to wait", func() bool { return b.run.Count("tools/call") >= calls })
					if err := allow(t.Context(), page.press("continue")); err != nil {
						t.Error(err)
					}
				}
				callers.Wait()
				b.mustPages(0)
				if n := len(b.asked); o.elicits != nil && n != 1 {
					t.Errorf("the client was asked %d times", n)
				}
				b.mustCount("CompleteResourceTokenAuth", 1)
			})
		}
	}
}

func consentSoon(t *testing.T, q sdk.ElicitParams) string {
	time.Sleep(200 * time.Millisecond) // the other calls arrive
	if err := allow(t.Context(), q.URL); err != nil {
		t.Error(err)
	}
	return "accept"
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waiting for %s", what)
		}
	}
}

// Two clients have a bridge each. They share the run, and nothing else.
func TestTwoClientsShareNoSession(t *testing.T) {
	t.Parallel()
	r := newBridgedRun(t)
	a, b := startBridge(t, r, bridgeOptions{}), startBridge(t, r, bridgeOptions{})
	var callers sync.WaitGroup
	callers.Go(a.mustProfile)
	first := a.page()
	callers.Go(b.mustProfile)
	second := b.page()
	links := []string{first.press("continue"), second.press("continue")}
	if links[0] == links[1] {
		t.Error("both were shown the same link")
	}
	for _, link := range links {
		if err := allow(t.Context(), link); err != nil {
			t.Error(err)
		}
	}
	callers.Wait()
	a.mustCount("CompleteResourceTokenAuth", 2)
}

func TestACallThatCannotWaitSaysSoAndTheNextOneSucceeds(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{wait: 300 * time.Millisecond})
	b.mustSay("has not given it yet", "call the tool again", consentCommand)
	b.mustSay("has not given it yet") // without a second page
	link := b.page().press("continue")
	b.mustPages(0)
	if err := allow(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	b.mustProfile()
	b.mustKeepSecrets(link)
}

func TestARefusalIsAToolErrorAndNobodyIsAskedAgainAtOnce(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(*testing.T, *bridged){
		"on the page": func(_ *testing.T, b *bridged) { b.page().press("decline") },
		"at the vendor": func(t *testing.T, b *bridged) {
			if err := (sandbox.Person{}).Cancel(t.Context(), b.page().press("continue")); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBridge(t, newBridgedRun(t), bridgeOptions{})
			defer meanwhile(func() { refuse(t, b) })()
			b.mustSay("declined", "unless the user asks for it")
			b.mustSay("declined")
			b.mustPages(0)
			b.mustCount("CompleteResourceTokenAuth", 0)
		})
	}
	for _, version := range []string{"2025-11-25", "2026-07-28"} {
		for _, action := range []string{"decline", "cancel"} {
			t.Run(version+" "+action, func(t *testing.T) {
				t.Parallel()
				b := startBridge(t, newBridgedRun(t), bridgeOptions{version: version, elicits: func(sdk.ElicitParams) string { return action }})
				b.mustSay("declined")
				b.mustSay("declined")
				if n := len(b.asked); n != 1 {
					t.Errorf("the client was asked %d times", n)
				}
			})
		}
	}
}

func TestAnExpiredLinkIsAToolErrorAndTheNextCallGetsAnother(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{settings: func(s *steps.Settings) { s.LinkLife = time.Second }})
	defer meanwhile(func() { b.mustSay("expired before the user consented") })()
	expired := b.page().press("continue")
	waitFor(t, "the link to expire", func() bool { return strings.Contains(b.log.String(), "state=expired") })
	defer meanwhile(func() { b.mustSay("expired before the user consented") })()
	if next := b.page().press("continue"); next == expired {
		t.Error("the expired link was shown again")
	}
	waitFor(t, "the second link to expire", func() bool { return strings.Count(b.log.String(), "state=expired") == 2 })
}

func TestASessionThatAgentCoreNoLongerAcceptsIsAToolError(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{})
	b.run.Intercept(func(op string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		if !strings.HasSuffix(op, ":CompleteResourceTokenAuth") {
			return false
		}
		testkit.Refuse(w, http.StatusForbidden, "AccessDeniedException", "Invalid or expired session")
		return true
	})
	defer meanwhile(func() { _ = allow(t.Context(), b.page().press("continue")) })() // the last page says that it did not work
	b.mustSay("no longer accepts the user's session", "new link")
}

// A token that the gateway refuses is replaced, but never that of a session: it is
// completed with the one that began it.
func TestTheVeryTokenOfTheCallCompletesTheSessionWhateverIsRenewedMeanwhile(t *testing.T) {
	t.Parallel()
	b := startBridge(t, newBridgedRun(t), bridgeOptions{})
	var mu sync.Mutex
	var tokens []string // of the calls, in order
	refuse := false
	b.run.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		mu.Lock()
		defer mu.Unlock()
		if op == "gateway:tools/call" {
			tokens = append(tokens, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		}
		if op == "gateway:tools/list" && refuse {
			refuse = false
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":0,"error":{"code":-32001,"message":"Invalid Bearer token"}}`))
			return true
		}
		return false
	})
	var caller sync.WaitGroup
	caller.Go(b.mustProfile)
	page := b.page()
	mu.Lock()
	refuse = true
	mu.Unlock()
	time.Sleep(1100 * time.Millisecond) // a token of another second is another token
	if _, err := b.session.ListTools(t.Context(), nil); err != nil {
		t.Errorf("the refused token was not replaced: %v", err)
	}
	if err := allow(t.Context(), page.press("continue")); err != nil {
		t.Error(err)
	}
	caller.Wait()
	mu.Lock()
	defer mu.Unlock()
	began, last := tokens[0], tokens[len(tokens)-1]
	if began == last {
		t.Fatal("the token was not renewed")
	}
	for _, r := range b.run.Requests() {
		if strings.HasSuffix(r.Op, ":CompleteResourceTokenAuth") && !strings.Contains(r.Body, began) {
			t.Error("the session was completed with another token")
		}
	}
	b.mustCount("CompleteResourceTokenAuth", 1)
	b.mustKeepSecrets(began, last)
}

func TestExpiredCredentialsAreNamedInTheToolError(t *testing.T) {
	t.Parallel()
	expire := func(op string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		if !strings.HasSuffix(op, ":CompleteResourceTokenAuth") && !strings.HasPrefix(op, "cognito") {
			return false
		}
		testkit.Refuse(w, http.StatusForbidden, "ExpiredTokenException", "The security token included in the request is expired")
		return true
	}
	t.Run("at the first token", func(t *testing.T) {
		t.Parallel()
		b := startBridge(t, newBridgedRun(t), bridgeOptions{})
		b.run.Intercept(expire)
		b.mustSay("expired", "ExpiredTokenException")
	})
	t.Run("at the session's end", func(t *testing.T) {
		t.Parallel()
		b := startBridge(t, newBridgedRun(t), bridgeOptions{})
		defer meanwhile(func() {
			page := b.page()
			b.run.Intercept(expire)
			_ = allow(t.Context(), page.press("continue")) // the last page says that it did not work
		})()
		b.mustSay("could not be completed", "expired", "ExpiredTokenException")
	})
}

func TestWithoutADisplayTheUserIsSentToATerminal(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2025-06-18", "2025-11-25", "2026-07-28"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			b := startBridge(t, newBridgedRun(t), bridgeOptions{version: version, blind: true})
			b.mustSay("Ask the user to run this in a terminal", consentCommand)
			if said := b.said.String(); strings.Contains(said, "http://") || strings.Contains(said, "https://") {
				t.Errorf("an address was written: %s", said)
			}
			b.mustKeepSecrets()
			b.run.MustComplete(b.run.Repeat(steps.Consent)) // in a terminal
			b.mustProfile()
		})
	}
}

// A client that leaves takes everything with it: the listener, the page, every
// goroutine. It does not run in parallel, because it counts them.
func TestAClientThatGoesAwayLeavesNothing(t *testing.T) {
	r := newBridgedRun(t)
	for _, answered := range []bool{false, true} {
		b := startBridge(t, r, bridgeOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() { _, _ = b.session.CallTool(ctx, &sdk.CallToolParams{Name: profileTool}) })
		}
		page := b.page()
		if answered {
			page.press("continue")
		}
		b.leave() // the SDK's Close would wait for the answers
		b.mustEnd(3 * time.Second)
		cancel()
		callers.Wait()
		page.browser.CloseIdleConnections()
		if _, err := page.browser.Get(page.address); err == nil {
			t.Error("the page is still there")
		}
		if said := b.said.String(); strings.Contains(said, "LinkedIn___") {
			t.Error(said)
		}
	}
	waitFor(t, "every goroutine of the bridge to end", func() bool {
		stacks := make([]byte, 1<<20)
		return !regexp.MustCompile(`agentcore-3lo/(internal/bridge|internal/mcp|internal/consent|callback)\.|go-sdk/mcp\.`).Match(stacks[:runtime.Stack(stacks, true)])
	})
}

// A port that is taken is replaced, and the link leads to the one that the listener has;
// a port that somebody counts on is not, and the error names who has it.
func TestTheLinkLeadsToThePortOfTheListener(t *testing.T) {
	t.Parallel()
	for name, fixed := range map[string]bool{"any port": false, "a port that was chosen": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newBridgedRun(t)
			record := r.Record()
			record.Settings.PortGiven = fixed
			if err := r.Store().Save(record); err != nil {
				t.Fatal(err)
			}
			taken, err := loopback.Listen(t.Context(), record.Settings.Port)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				for _, l := range taken {
					l.Close()
				}
			}()
			b := startBridge(t, r, bridgeOptions{})
			if fixed {
				b.mustSay(fmt.Sprintf("port %d is taken", record.Settings.Port), "you chose it")
				b.mustPages(0)
				return
			}
			defer meanwhile(b.consents)()
			b.mustProfile()
			b.mustCount("CompleteResourceTokenAuth", 1)
			if r.Record().Settings != record.Settings {
				t.Error("the bridge changed the run's record")
			}
		})
	}
}
