package ui

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/steps"
)

func TestAnAddressIsPasted(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	link := r.link()
	r.press("p")
	r.when("enter send")
	r.send("rubbish")
	r.press("enter")
	r.when("neither a choice nor the address")
	r.press("esc")
	r.asks("Waiting for your browser")
	ended := followed(t, link)
	r.pasteText(strings.Replace(ended, "session_id=", "session_id=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AelsewhereX&x=", 1))
	r.press("enter")
	r.when("belongs to another session")
	r.asks("Waiting for your browser")
	r.pasteText(" " + ended[:40] + "\n" + ended[40:] + " \n") // as a mouse takes it from two lines
	r.when("enter send")
	r.press("enter")
	r.toProfile()
}

// followed is where a browser that presses Allow would be sent at last; it does
// not go there.
func followed(t *testing.T, link string) string {
	t.Helper()
	last := ""
	client := &http.Client{CheckRedirect: func(q *http.Request, _ []*http.Request) error {
		if strings.Contains(q.URL.RawQuery, "session_id=") {
			last = q.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	if err := (sandbox.Person{Client: client}).Allow(t.Context(), link); err != nil || last == "" {
		t.Fatalf("following the link: %v %q", err, last)
	}
	return last
}

func TestDecliningAsksOnceAndEndsInTheFourParts(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.press("d")
	r.asks("Decline, and stop here?")
	r.press("n")
	r.asks("Waiting for your browser")
	r.press("d")
	r.asks("Decline, and stop here?")
	r.press("y")
	r.when("Stopped while asking for your consent", "you declined; no token was stored", "run consent invoke")
	r.press("enter")
	r.asks("Waiting for your browser")
	r.press("s")
	r.toProfile()
}

func TestAFreshLink(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	first := r.link()
	r.press("f")
	r.until("another link", func(text string) bool {
		return strings.Contains(text, "Waiting for your browser") && !strings.Contains(squeezed(text), squeezed(first))
	})
	r.asks("Waiting for your browser")
	if second := r.link(); second == first {
		t.Error("the link is the same")
	}
	r.press("s")
	r.toProfile()
}

func TestCancelInTheBrowserEndsInTheFourParts(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	if err := (sandbox.Person{}).Cancel(t.Context(), r.link()); err != nil {
		t.Fatal(err)
	}
	r.when("✗ Failed while waiting for your consent", "access_denied", "Next ", "Log ")
}

func TestAnExpiredLinkOffersAnother(t *testing.T) {
	t.Parallel()
	r := start(t, setup{settings: func(s *steps.Settings) { s.LinkLife = 1500 * time.Millisecond }})
	r.toConsent()
	r.asks("The link has expired")
	r.mu.Lock()
	r.kit.Settings.LinkLife = steps.LinkLife
	r.mu.Unlock()
	r.press("y")
	r.asks("Waiting for your browser")
	r.press("s")
	r.toProfile()
}

func TestAnExpiredLinkRefusedEndsInTheFourParts(t *testing.T) {
	t.Parallel()
	r := start(t, setup{settings: func(s *steps.Settings) { s.LinkLife = time.Second }})
	r.toConsent()
	r.asks("The link has expired")
	r.press("n")
	r.when("✗ Failed while waiting for your consent", "the link expired before anybody consented", "Next ", "Log ")
}

// The wait goes on while the person looks for what their browser shows, and the
// way back is esc.
func TestTheBrowserIsWaitedForDuringEveryQuestion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ key, asks string }{
		"the symptoms": {"b", "What does your browser show?"},
		"declining":    {"d", "Decline, and stop here?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, setup{})
			r.toConsent()
			link := r.link()
			r.press(c.key)
			r.asks(c.asks)
			r.press("esc")
			r.asks("Waiting for your browser")
			r.press(c.key)
			r.asks(c.asks, "time left")
			if err := (sandbox.Person{}).Allow(t.Context(), link); err != nil {
				t.Fatal(err)
			}
			r.toProfile()
		})
	}
}

func TestAnAddressIsPastedAmongTheSymptoms(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	ended := followed(t, r.link())
	r.press("b")
	r.asks("What does your browser show?")
	r.pasteText(ended)
	r.when("enter send")
	r.press("enter")
	r.toProfile()
}

func TestTheExchangeThatBroughtTheLinkIsShown(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.press("i")
	r.when("POST http")
	r.resize(120, 40)
	r.when(`"method": "tools/call"`, `"forceAuthentication": true`)
	r.press("end")
	r.when("-32042", `"elicitationId"`, "request_uri=[red")
	r.press("esc")
	r.asks("Waiting for your browser")
}
