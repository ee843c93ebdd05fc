package screen

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
	r.Press("p")
	r.When("Paste the address", "enter  send")
	r.Send("rubbish")
	r.Press("enter")
	r.When("neither a choice nor the address")
	r.Press("esc")
	r.Asks("waiting for your browser", "╭ Your turn", "Your turn")
	ended := followed(t, link)
	r.Paste(strings.Replace(ended, "session_id=", "session_id=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AelsewhereX&x=", 1))
	r.Press("enter")
	r.When("belongs to another session")
	r.Asks("waiting for your browser", "╭ Your turn", "Your turn")
	r.Press("b") // an address is pasted among the symptoms as well
	r.Asks("What does your browser show?")
	r.Paste(" " + ended[:40] + "\n" + ended[40:] + " \n") // as a mouse takes it from two lines
	r.Asks("enter  send")
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

func TestDecliningAsksOnce(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("d")
	r.Asks("Decline, and stop here?")
	r.Press("enter") // is no yes
	r.When("Press y for that")
	r.Press("n")
	r.Asks("waiting for your browser", "╭ Your turn", "Your turn")
	r.Press("d")
	r.Asks("Decline, and stop here?")
	r.Press("y")
	r.When("Stopped while asking for your consent", "you declined; no token was stored", "ask again")
	r.Press("enter")
	r.Asks("waiting for your browser", "╭ Your turn")
	r.Press("i")
	r.toProfile()
}

func TestANewLink(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	first := r.link()
	r.Press("f")
	r.Until("another link", func(text string) bool {
		return strings.Contains(text, "waiting for your browser") && strings.Contains(text, "╭ Your turn") && !strings.Contains(squeezed(text), squeezed(first))
	})
	r.Asks("waiting for your browser", "╭ Your turn")
	if second := r.link(); second == first {
		t.Error("the link is the same")
	}
	r.Press("i")
	r.toProfile()
}

func TestCancelInTheBrowserFails(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	if err := (sandbox.Person{}).Cancel(t.Context(), r.link()); err != nil {
		t.Fatal(err)
	}
	r.When("9  ✗ Failed while waiting for your consent", "access_denied", "Fix it")
}

func TestAnExpiredLinkOffersAnother(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"y", "n"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			r := start(t, setup{settings: func(s *steps.Settings) { s.LinkLife = 5 * time.Second }})
			r.toConsent()
			r.Asks("The link has expired")
			r.Press(key)
			if key == "n" {
				r.When("✗ Failed while waiting for your consent", "the link expired before anybody consented")
				return
			}
			r.Asks("works once", "Your turn")
			r.Press("i")
			r.toProfile()
		})
	}
}

// The wait goes on while the person looks for what their browser shows, and the way
// back is esc.
func TestTheBrowserIsWaitedForDuringEveryQuestion(t *testing.T) {
	t.Parallel()
	for key, asks := range map[string]string{"b": "What does your browser show?", "d": "Decline, and stop here?", "q": "Leave?", "w": "Wire: ", "s": "Sequence: "} {
		t.Run(asks, func(t *testing.T) {
			t.Parallel()
			r := start(t, setup{})
			r.toConsent()
			link := r.link()
			r.Press(key)
			r.Asks(asks)
			r.Press("esc")
			r.Asks("waiting for your browser", "╭ Your turn", "Your turn")
			r.Press(key)
			r.Asks(asks)
			if err := (sandbox.Person{}).Allow(t.Context(), link); err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(asks, ": ") || asks == "Leave?" {
				r.Until("the consent on record", func(string) bool { return !r.walk.Run.Record().Consent.Given.IsZero() })
				r.Press("esc")
			}
			r.toProfile()
		})
	}
}

// A symptom leads to the step where it is fixed, or to a new link.
func TestTheKeysThatFixASymptom(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	first := r.link()
	r.Press("b")
	r.Asks("What does your browser show?", "▸ 1")
	r.Press("down")
	r.When("▸ 2", "go to step 5")
	r.Press("5", "up", "down")
	r.When("▸ 5")
	r.Press("enter")
	r.Until("another link", func(text string) bool {
		return strings.Contains(text, "waiting for your browser") && strings.Contains(text, "╭ Your turn") && !strings.Contains(squeezed(text), squeezed(first))
	})
	r.Asks("waiting for your browser", "╭ Your turn", "Your turn")
	r.Press("b")
	r.Asks("What does your browser show?")
	r.Press("1")
	r.When("▸ 1", "go to step 7")
	r.Press("enter")
	r.Asks("Register the callback URL", "let the simulated person")
	r.Press("i")
	r.When("Fixed", "back to step 9", "8 of 10 done")
	r.Press("enter")
	r.Asks("waiting for your browser", "╭ Your turn", "Your turn")
	r.Press("i")
	r.toProfile()
}
