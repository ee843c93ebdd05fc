package screen

import (
	"context"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// newBareScreen is a screen of a run that has no world.
func newBareScreen() *Screen {
	kit := testkit.NewWalk(run.Store{}, testkit.NewRecord("test", true))
	return Display{}.newScreen(context.Background(), Walkthrough{Run: ui.RunOf(kit), Machine: testkit.NewMachine(engine.Mode{}, nil)})
}

// aSuspiciousLink is what steps tell of a link that should be looked at twice.
func aSuspiciousLink() event.Link {
	return event.Link{Purpose: event.Consent, URL: "https://evil.example/" + strings.Repeat("long", 60), Host: "evil.example",
		Asks: "The gateway g asks: Please \x1b[31mlogin.", Warnings: []string{"The host evil.example is not the expected one.", "It is very long."},
		Far: "Your browser runs elsewhere.\nssh -N -L 9090:127.0.0.1:9090 ana@192.0.2.2", Expires: time.Now().Add(time.Minute)}
}

// Whole link, host, warnings, who asks and how a browser elsewhere comes back
// stand on the page of the consent, in every front end; the host is set apart.
func TestASuspiciousLinkIsShownAsWhatItIs(t *testing.T) {
	link := aSuspiciousLink()
	s := newBareScreen()
	s.style = marked()
	lines := strings.Join(linkLines(s.style, link, s.now, 60), "\n")
	if !strings.Contains(lines, s.style.title.Render("evil.example")) {
		t.Errorf("the host is not set apart:\n%s", lines)
	}
	for name, shown := range map[string]string{"screen": lines, "plain": ui.RenderURL(link, 80, false)} {
		whole := strings.NewReplacer("\n", "", " ", "").Replace(shown)
		for _, want := range append([]string{link.URL, link.Host}, link.Warnings...) {
			if !strings.Contains(whole, strings.ReplaceAll(want, " ", "")) {
				t.Errorf("%s: it does not say %q:\n%s", name, want, shown)
			}
		}
	}
	for _, want := range []string{"Please", "ssh -N -L 9090:127.0.0.1:9090 ana@192.0.2.2", "time left"} {
		if !strings.Contains(lines, want) {
			t.Errorf("it does not say %q:\n%s", want, lines)
		}
	}
	if strings.Contains(lines, "\x1b[31m") {
		t.Error("what the server says is not neutralised")
	}
}
