//go:build linux

package ui

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"agentcore-3lo/steps"
)

// A stopped full screen leaves the shell its terminal, and comes back whole,
// also with a text over the page and with the plain link.
func TestTheFullScreenStopsAndComesBack(t *testing.T) {
	t.Parallel()
	for how, stop := range waysToStop {
		if how == "SIGSTOP" { // nobody sees it beforehand
			continue
		}
		for where, c := range map[string]struct {
			keys []string
			says string
		}{"a page": {nil, "Overview"}, "an overlay": {[]string{"?"}, "Keys, the same everywhere"}, "the plain link": {[]string{"enter", "enter", "u"}, "Enter or esc goes back"}} {
			t.Run(how+", "+where, func(t *testing.T) {
				t.Parallel()
				p := underShell(t, "--sandbox", "--latency", "none")
				p.when("Overview")
				for i, key := range c.keys {
					p.asks([]string{"Overview", "2  This machine", "Enter skips"}[i])
					p.press(key)
				}
				p.when(c.says)
				stop(p)
				p.until("the shell", func(text string) bool { return !p.term.AltScreen() && strings.Contains(text, "Enter continues") })
				if !p.echoes() || !p.term.CursorShown() {
					t.Error("the shell's terminal is not as it was")
				}
				p.send("\n")
				p.until("it is back", func(text string) bool { return p.term.AltScreen() && strings.Contains(text, c.says) })
				if where == "the plain link" {
					time.Sleep(grace + 50*time.Millisecond)
					p.press("enter")
					p.asks("Enter skips")
				}
				p.press("ctrl+c", "ctrl+c")
				p.soon("the end", func() bool { return strings.Contains(p.output(), "over with") })
				p.finish(0)
			})
		}
	}
}

func TestTheScreenIsRestoredByEverySignalThatEnds(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGTERM, syscall.SIGHUP} {
		for _, link := range []bool{false, true} {
			t.Run(s.String(), func(t *testing.T) {
				t.Parallel()
				p := inTerminal(t, false, nil, program(t), "--sandbox", "--latency", "none")
				p.asks("Overview")
				p.press("enter")
				p.asks("2  This machine")
				p.press("enter")
				p.asks("Enter skips")
				if link {
					p.press("u")
					p.when("Enter or esc goes back")
				}
				_ = p.cmd.Process.Signal(s)
				p.finish(steps.ExitInterrupted)
				out := p.output()
				if strings.LastIndex(out, "\x1b[?2004l") < strings.LastIndex(out, "\x1b[?2004h") {
					t.Error("bracketed paste is still on")
				}
			})
		}
	}
}

// The bytes of a sequence that arrives late never become commands, whatever is
// on the screen: the letters in these would leave, copy, or clean up.
func TestLateBytesNeverBecomeCommands(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{"arrow": "\x1b[A", "application arrow": "\x1bOA", "ctrl+up": "\x1b[1;5A", "colour": "\x1b]11;rgb:1c1c/bdbd/fefe\a",
		"version": "\x1bP>|term qxydl\x1b\\", "key report": "\x1b[120;1:3u", "mouse": "\x1b[<0;33;12M", "focus": "\x1b[I", "mode": "\x1b[?2026;2$y", "paste": "\x1b[200~qxyl\x1b[201~"} {
		gap := 60 * time.Millisecond
		if len(s) < 7 {
			gap = 500 * time.Millisecond
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := inTerminal(t, false, nil, program(t), "--sandbox", "--latency", "none")
			p.asks("Overview")
			p.press("enter")
			p.asks("2  This machine")
			p.press("enter")
			p.asks("Enter skips")
			for i := range len(s) {
				p.send(s[i : i+1])
				time.Sleep(gap)
			}
			time.Sleep(grace)
			text := p.when("Enter skips")
			for _, wrong := range []string{"leave and clean up", "does nothing here", "The log of calls", "Copied", "came before"} {
				if strings.Contains(text, wrong) && name != "ctrl+up" { // which is a key, and says so
					t.Errorf("it says %q:\n%s", wrong, text)
				}
			}
		})
	}
}

// In a window that is too small nothing is answered, and leaving says so first.
func TestNothingIsAnsweredInAWindowThatIsTooSmall(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"GetGateway"}})
	r.toLinkedIn()
	r.resize(40, 10)
	r.when("Please make it at least")
	for _, key := range []string{"s", "n", "enter", "y", "x", "esc", "p"} {
		r.press(key)
		time.Sleep(20 * time.Millisecond)
	}
	r.pasteText("86abcdefgh1234")
	r.press("q")
	r.asks("Work is under way")
	r.press("x") // stays
	r.when("Please make it at least")
	r.resize(80, 24)
	r.asks("let the simulated person")
	r.resize(40, 10)
	r.press("q")
	r.asks("Work is under way")
	r.press("q")
	if s := r.ends(); s.kit.Wish() == steps.CleanUp {
		t.Error("a cleanup began")
	}
}
