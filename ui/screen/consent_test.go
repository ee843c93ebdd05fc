package screen

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/consent"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/steps"
)

func TestAnAddressIsPasted(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	link := r.link()
	r.Press("p")
	r.When("enter send")
	r.Send("rubbish")
	r.Press("enter")
	r.When("neither a choice nor the address")
	r.Press("esc")
	r.Asks("Waiting for your browser")
	ended := followed(t, link)
	r.Paste(strings.Replace(ended, "session_id=", "session_id=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AelsewhereX&x=", 1))
	r.Press("enter")
	r.When("belongs to another session")
	r.Asks("Waiting for your browser")
	r.Paste(" " + ended[:40] + "\n" + ended[40:] + " \n") // as a mouse takes it from two lines
	r.When("enter send")
	r.Press("enter")
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
	r.Press("d")
	r.Asks("Decline, and stop here?")
	r.Press("n")
	r.Asks("Waiting for your browser")
	r.Press("d")
	r.Asks("Decline, and stop here?")
	r.Press("y")
	r.When("Stopped while asking for your consent", "you declined; no token was stored", "run consent invoke")
	r.Press("enter")
	r.Asks("Waiting for your browser")
	r.Press("s")
	r.toProfile()
}

func TestAFreshLink(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	first := r.link()
	r.Press("f")
	r.Until("another link", func(text string) bool {
		return strings.Contains(text, "Waiting for your browser") && !strings.Contains(squeezed(text), squeezed(first))
	})
	r.Asks("Waiting for your browser")
	if second := r.link(); second == first {
		t.Error("the link is the same")
	}
	r.Press("s")
	r.toProfile()
}

func TestCancelInTheBrowserEndsInTheFourParts(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	if err := (sandbox.Person{}).Cancel(t.Context(), r.link()); err != nil {
		t.Fatal(err)
	}
	r.When("✗ Failed while waiting for your consent", "access_denied", "Next ", "Log ")
}

func TestAnExpiredLinkOffersAnother(t *testing.T) {
	t.Parallel()
	r := start(t, setup{settings: func(s *steps.Settings) { s.LinkLife = 1500 * time.Millisecond }})
	r.toConsent()
	r.Asks("The link has expired")
	r.mu.Lock()
	r.kit.Settings.LinkLife = consent.LinkLife
	r.mu.Unlock()
	r.Press("y")
	r.Asks("Waiting for your browser")
	r.Press("s")
	r.toProfile()
}

func TestAnExpiredLinkRefusedEndsInTheFourParts(t *testing.T) {
	t.Parallel()
	r := start(t, setup{settings: func(s *steps.Settings) { s.LinkLife = time.Second }})
	r.toConsent()
	r.Asks("The link has expired")
	r.Press("n")
	r.When("✗ Failed while waiting for your consent", "the link expired before anybody consented", "Next ", "Log ")
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
			r.Press(c.key)
			r.Asks(c.asks)
			r.Press("esc")
			r.Asks("Waiting for your browser")
			r.Press(c.key)
			r.Asks(c.asks, "time left")
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
	r.Press("b")
	r.Asks("What does your browser show?")
	r.Paste(ended)
	r.When("enter send")
	r.Press("enter")
	r.toProfile()
}

func TestTheExchangeThatBroughtTheLinkIsShown(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("i")
	r.When("POST http")
	r.resize(120, 40)
	r.When(`"method": "tools/call"`, `"forceAuthentication": true`)
	r.Press("end")
	r.When("-32042", `"elicitationId"`, "request_uri=[red")
	r.Press("esc")
	r.Asks("Waiting for your browser")
}
