//go:build unix

package cli

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"agentcore-3lo/internal/picture"
	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps"
)

// The whole way: the built program, a terminal, a browser on $BROWSER.
func TestEndToEndInATerminal(t *testing.T) {
	t.Parallel()
	p := tty.Start(t, false, []string{tty.Role + "=browser", "BROWSER=" + tty.Self(t)}, tty.Program(t), "--sandbox", "--latency", "none")
	toTestLink(p)
	p.Press("u")
	p.Asks("Enter or esc goes back.")
	if text := p.Screen.Text(); !p.Screen.AltScreen() || strings.Contains(text, "open the test link") {
		t.Errorf("the link is not alone on a screen of its own:\n%s", text)
	}
	p.Press("enter")
	p.Until("the page", func(text string) bool { return p.Screen.AltScreen() && strings.Contains(text, "open the test link") })
	p.Asks("open the test link")
	p.Press("o") // the browser reaches the listener
	fromPlanToCall(p, "o")
	p.Asks("It works", "ana@example.com")
	p.Press("x")
	p.Asks("Delete these 8 resources")
	p.Press("enter") // is no yes
	p.When("Press y for that")
	p.Press("y")
	p.When("Nothing that this run created is left")
	p.Press("enter")
	p.Finish(0)
	text := p.Screen.Scrollback()
	for _, want := range []string{"10 Call the tool", "ana@example.com", "cleaned up"} {
		if !strings.Contains(text, want) {
			t.Errorf("the scrollback does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "/oauth2/callback?") || strings.Contains(text, "goes back") {
		t.Errorf("u leaves a link behind:\n%s", text)
	}
}

func TestTheTerminalIsRestored(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		end  func(*tty.Process)
		code int
	}{
		{"q", func(p *tty.Process) { p.Leave() }, steps.ExitInterrupted},
		{"ctrl+c twice", func(p *tty.Process) { p.Press("ctrl+c", "ctrl+c") }, steps.ExitInterrupted},
		{"SIGTERM", func(p *tty.Process) { _ = p.Cmd.Process.Signal(syscall.SIGTERM) }, steps.ExitInterrupted},
		{"SIGHUP", func(p *tty.Process) { _ = p.Cmd.Process.Signal(syscall.SIGHUP) }, steps.ExitInterrupted},
		{"SIGINT", func(p *tty.Process) { _ = p.Cmd.Process.Signal(syscall.SIGINT) }, steps.ExitInterrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := tty.Start(t, false, nil, tty.Program(t), "--sandbox", "--latency", "none")
			p.When("What you will build")
			if !p.Screen.AltScreen() || reflect.DeepEqual(p.Before, p.Mode()) {
				t.Fatal("it is not in a full screen at all")
			}
			toTestLink(p)
			c.end(p)
			p.Finish(c.code)
			kept, restored, named := strings.Index(p.Output(), "\x1b[22;2t"), strings.LastIndex(p.Output(), "\x1b[23;2t"), strings.LastIndex(p.Output(), "\x1b]2;")
			if kept < 0 || kept > named || restored < named {
				t.Error("the window's title is not restored")
			}
			if text := p.Screen.Scrollback(); !strings.Contains(text, "2 This machine and account") {
				t.Errorf("no transcript stays:\n%s", text)
			}
		})
	}
}

// toTestLink goes from the first page to the question of the test link.
func toTestLink(p *tty.Process) {
	p.T.Helper()
	p.Asks("What you will build")
	p.Press("enter")
	p.Asks("open the test link")
}

// toWhatNext walks from the first page to the profile, with the simulated person.
func toWhatNext(p *tty.Process) {
	p.T.Helper()
	toTestLink(p)
	p.Press("n")
	fromPlanToCall(p, "i")
	p.Asks("It works", "What next")
}

// fromPlanToCall walks from the plan to the call of the tool. The key says who
// follows the consent's link.
func fromPlanToCall(p *tty.Process, consent string) {
	p.T.Helper()
	p.Asks("Create these 8 resources")
	p.Press("y")
	p.When("▸ 5")
	p.Press("right", "right", "right")
	p.Asks("Create your LinkedIn app", "let the simulated person")
	p.Press("i")
	p.When("▸ 7")
	p.Press("right", "right")
	p.Asks("Register the callback URL", "let the simulated person")
	p.Press("i")
	p.When("8 of 10 done")
	p.Press("right", "right")
	p.Asks("ask the gateway for a link")
	p.Press("enter")
	p.Asks("waiting for your browser")
	p.Press(consent)
	p.When("9 of 10 done")
	p.Press("right")
	p.Asks("call the tool")
	p.Press("enter")
}

var colour = regexp.MustCompile(`\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:]\d+)*m`)

// blended is a color that is mixed from those that the terminal tells.
var blended = regexp.MustCompile(`\x1b\[(?:\d+;)*38[;:]2[;:]`)

func TestColorsAreThoseThatAreWanted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env            string
		silent         bool // the terminal answers no question about its colors
		colored, mixed bool
	}{
		{"TERM=xterm-256color", false, true, true},
		{"TERM=xterm-256color", true, true, false},
		{"TERM=xterm", false, true, false},
		{"COLORTERM=truecolor", true, true, false},
		{"COLORTERM=truecolor COLORFGBG=15;0", true, true, true},
		{"NO_COLOR=1", false, false, false},
		{"NO_COLOR=anything FORCE_COLOR=1", false, false, false},
		{"CLICOLOR=0", false, false, false},
		{"FORCE_COLOR=0", false, false, false},
		{"CLICOLOR=0 FORCE_COLOR=1", false, true, true},
	} {
		t.Run(fmt.Sprint(c.env, " silent ", c.silent), func(t *testing.T) {
			t.Parallel()
			p := tty.Start(t, c.silent, strings.Fields(c.env), tty.Program(t), "--sandbox", "--latency", "none")
			p.Screen.Show(picture.Dark)
			toTestLink(p)
			p.Still()
			out := p.Output()
			if colored := colour.MatchString(out); colored != c.colored {
				t.Errorf("colored: %v", colored)
			}
			if mixed := blended.MatchString(out) || strings.Contains(out, "38;5;"); mixed != c.mixed {
				t.Errorf("mixed: %v", mixed)
			}
			p.Leave()
		})
	}
}

// With --ascii, or where the locale has no UTF-8, no other character is written.
func TestOnlyASCIIWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"LC_ALL=C": nil, "LC_ALL=C.UTF-8": {"--ascii"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := tty.Start(t, false, []string{name}, tty.Program(t), append([]string{"--sandbox", "--latency", "none"}, args...)...)
			toTestLink(p)
			for _, key := range []string{"t", "s", "w", "l", "?"} {
				p.Press(key)
				p.Still()
			}
			p.Press("esc", "esc", "esc", "esc", "esc")
			p.Asks("Your turn")
			p.Leave()
			p.Finish(steps.ExitInterrupted)
			for line := range strings.SplitSeq(p.Output(), "\n") {
				if strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
					t.Errorf("other characters: %q", line)
				}
			}
		})
	}
}

func TestPlainLinesWhereNoScreenIsPossible(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, env, flag string }{
		{"TERM=dumb", "TERM=dumb", "--yes"}, {"CI=1", "CI=1", "--yes"}, {"--plain", "COLUMNS=80", "--plain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := tty.Start(t, false, []string{c.env}, tty.Program(t), "--sandbox", "--latency", "none", "--yes", c.flag)
			p.Finish(0)
			if strings.Contains(p.Output(), "\x1b") {
				t.Errorf("escape sequences: %q", p.Output())
			}
			if !strings.Contains(p.Output(), "ana@example.com") {
				t.Error("no profile")
			}
		})
	}
}

func TestByItselfInATerminal(t *testing.T) {
	t.Parallel()
	p := tty.Start(t, false, nil, tty.Program(t), "--sandbox", "--latency", "none", "--yes", "--speed", "5")
	p.Asks("What next", "ana@example.com") // it stays on its last page
	if !p.Screen.AltScreen() {
		t.Error("it is no full screen")
	}
	p.Press("enter")
	p.Finish(0)
	if !strings.Contains(p.Screen.Scrollback(), "ana@example.com") {
		t.Errorf("no profile stays:\n%s", p.Screen.Scrollback())
	}
}
