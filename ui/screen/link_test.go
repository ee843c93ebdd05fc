package screen

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// newBareScreen is a screen of a run that has no environment.
func newBareScreen() *Screen {
	walk := testkit.NewWalk(run.Store{}, testkit.NewRecord("test", true))
	shown := ui.RunOf(walk)
	shown.NoDisplay = false // a desktop
	return Display{}.newScreen(context.Background(), Walkthrough{Run: shown, Machine: testkit.NewMachine(engine.Mode{}, nil)})
}

// In the sandbox, where no browser can be opened, Enter is the simulated person, but not
// for a link that looks wrong.
func TestWithoutADisplayEnterIsTheSimulatedPerson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		display  bool
		warnings []string
		want     string
	}{{true, nil, "open it in my browser"}, {false, nil, "let the simulated person do it"}, {false, []string{"It is very long."}, ""}} {
		s := runningAt(steps.Consent, 80, 24)
		s.run.NoDisplay = !c.display
		link := aLink()
		link.Warnings = c.warnings
		s.happens(link, aConsent())
		if got := s.view().enterDoes(); got != c.want {
			t.Errorf("%+v: Enter is %q", c, got)
		}
	}
}

// runningAt is a bare screen on which a step runs, in a window of this size.
func runningAt(id engine.ID, width, height int) *Screen {
	m := testkit.NewMachine(engine.Mode{Manual: true}, nil)
	if id == steps.Cleanup {
		m = cleanup()
	}
	for _, st := range m.Steps() {
		m = after(m, engine.Event{Step: st.ID, Body: engine.Go{}})
		if st.ID == id {
			break
		}
		m = after(m, engine.Event{Step: st.ID, Attempt: 1, Body: engine.Finished{}})
	}
	s := newBareScreen()
	s.walk = newWalk(m)
	s.look(id)
	s.Update(tea.WindowSizeMsg{Width: width, Height: height})
	return s
}

// happens shows what a step tells.
func (s *Screen) happens(bodies ...any) {
	for _, body := range bodies {
		e := engine.Event{Step: s.looking, Attempt: s.m.Of(s.looking).Attempt, Time: time.Now(), Body: body}
		after, _ := s.m.Next(e)
		s.show(after, e)
	}
}

// aConsent is the question of the consent, with all of its choices.
func aConsent() engine.Asked {
	return engine.Asked{Question: engine.Question{Name: "consent", Kind: engine.Menu, Prompt: "Waiting for your browser", Check: func(engine.Answer) error { return nil },
		Choices: []engine.Choice{{ID: "open"}, {ID: "browser-error"}, {ID: "new-link"}, {ID: "decline"}, {ID: "simulate"}}}}
}

// The whole link, its host, what looks wrong, and what the gateway says are on the page
// of the consent in every front end; Enter does not open such a link.
func TestASuspiciousLinkIsShownAsWhatItIs(t *testing.T) {
	link := event.Link{Purpose: event.Consent, URL: "https://evil.example/" + strings.Repeat("long", 60), Host: "evil.example",
		Asks: "The gateway g asks: Please \x1b[36;5mlogin.", Warnings: []string{"The host evil.example is not the expected one.", "It is very long."},
		Far: "Your browser runs elsewhere.\nssh -N -L 9090:127.0.0.1:9090 ana@192.0.2.2", Expires: time.Now().Add(time.Minute)}
	s := runningAt(steps.Consent, 80, 40)
	s.happens(link, aConsent())
	drawn := s.View().Content
	if strings.Contains(drawn, "\x1b[36;5m") {
		t.Error("what the server says is not neutralized")
	}
	page := ansi.Strip(drawn)
	for name, shown := range map[string]string{"screen": page, "plain": ui.RenderURL(link, 80, false)} {
		for _, want := range append([]string{link.URL, link.Host}, link.Warnings...) {
			if !strings.Contains(squeezed(shown), squeezed(want)) {
				t.Errorf("%s: it does not say %q:\n%s", name, want, shown)
			}
		}
	}
	for _, want := range []string{"Please", "ssh -N -L 9090:127.0.0.1:9090 ana@192.0.2.2", "Expires", "Check this link: "} {
		if !strings.Contains(page, want) {
			t.Errorf("it does not say %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "expected\n") || strings.Contains(page, " enter ") {
		t.Errorf("it is offered as a good one:\n%s", page)
	}
}

// The link of the consent is whole at every size, each piece of it part of one
// hyperlink; title and choices are in sight with it.
func TestTheConsentLinkIsWholeAtEverySize(t *testing.T) {
	link := event.Link{Purpose: event.Consent, Host: "bedrock-agentcore.us-east-1.amazonaws.com", Asks: "The gateway gateway-authcode-20261126-174754-bqjz asks: Please login to this URL for authorization.",
		URL:     "https://bedrock-agentcore.us-east-1.amazonaws.com/identities/oauth2/authorize?request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AV0RvcjFxNU1qVm4zdEQ0VHF6Ynk.q5GBhrf1_rPPfADIIgsi8-YgbXcgGxu9OJwGmMCX8Tc",
		Expires: time.Now().Add(9*time.Minute + 42*time.Second)}
	far := link
	far.Far = "This machine has no display, so your browser runs elsewhere: its last page will fail to load. Copy its address then and paste it here. Or forward the ports first, on the machine with the browser:\nssh -N -L 9090:127.0.0.1:9090 <this machine>"
	for _, size := range [][2]int{{50, 20}, {60, 20}, {80, 24}, {120, 36}, {200, 60}} {
		for name, l := range map[string]event.Link{"here": link, "elsewhere": far} {
			s := runningAt(steps.Consent, size[0], size[1])
			s.happens(event.Progress{What: "the listener is up; waiting for the browser"}, l, aConsent())
			drawn := s.View().Content
			text := ansi.Strip(drawn)
			page := text
			if size[0] >= railFrom {
				_, lines := columnsAt(strings.Split(text, "\n"), railWidth+1)
				page = strings.Join(lines, "\n")
			}
			for _, want := range []string{"Give your consent", l.URL, "Your turn"} {
				if !strings.Contains(squeezed(page), squeezed(want)) {
					t.Errorf("%v, browser %s: %q is not in sight:\n%s", size, name, want, text)
				}
			}
			for _, key := range []string{"enter|o", "c", "b", "d", "i"} {
				found := false
				for k := range strings.SplitSeq(key, "|") {
					found = found || strings.Contains(page, " "+k+"  ")
				}
				if !found {
					t.Errorf("%v, browser %s: the key %s is not in sight:\n%s", size, name, key, text)
				}
			}
			pieces := strings.Count(drawn, "\x1b]8;id="+fmt.Sprint(len(l.URL))+";"+l.URL)
			if width := s.pageWidth(); pieces != (len(l.URL)+width-1)/width {
				t.Errorf("%v: %d pieces of the hyperlink", size, pieces)
			}
		}
	}
}

// aLink is a link that looks as it should.
func aLink() event.Link {
	return event.Link{Purpose: event.Consent, Host: "bedrock-agentcore.us-east-1.amazonaws.com", URL: "https://bedrock-agentcore.us-east-1.amazonaws.com/identities/oauth2/authorize?request_uri=urn",
		Expires: time.Now().Add(10 * time.Minute)}
}

// anExchange is a call of the gateway that returned the link.
func anExchange() wire.Exchange {
	return wire.Exchange{From: wire.Program, To: wire.Gateway, Service: "gateway", Operation: "tools/call", Status: 200, Took: 84 * time.Millisecond, Started: time.Now()}
}
