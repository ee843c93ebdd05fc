//go:build linux

package cli

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/terminal"
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
		}{"a page": {nil, "What you will build"}, "an overlay": {[]string{"?"}, "the page's main action"}, "the plain link": {[]string{"enter", "u"}, "Enter or esc goes back"}} {
			t.Run(how+", "+where, func(t *testing.T) {
				t.Parallel()
				p := underShell(t, "--sandbox", "--latency", "none")
				p.When("What you will build")
				for i, key := range c.keys {
					p.Asks([]string{"What you will build", "open the test link"}[i])
					p.Press(key)
				}
				p.When(c.says)
				stop(p)
				p.Until("the shell", func(text string) bool { return !p.Screen.AltScreen() && strings.Contains(text, "Enter continues") })
				if !echoes(p) || !p.Screen.CursorShown() {
					t.Error("the shell's terminal is not as it was")
				}
				titleIsKept(p)
				p.Send("\n")
				p.Until("it is back", func(text string) bool { return p.Screen.AltScreen() && strings.Contains(text, c.says) })
				if where == "the plain link" {
					time.Sleep(terminal.Grace + 50*time.Millisecond)
					p.Press("enter")
					p.Asks("open the test link")
				}
				p.Press("ctrl+c", "ctrl+c")
				p.Eventually("the end", func() bool { return strings.Contains(p.Output(), "over with") })
				p.Finish(0)
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
				p := tty.Start(t, false, nil, tty.Program(t), "--sandbox", "--latency", "none")
				toTestLink(p)
				if link {
					p.Press("u")
					p.When("Enter or esc goes back")
				}
				_ = p.Cmd.Process.Signal(s)
				p.Finish(steps.ExitInterrupted)
				out := p.Output()
				if strings.LastIndex(out, "\x1b[?2004l") < strings.LastIndex(out, "\x1b[?2004h") {
					t.Error("bracketed paste is still on")
				}
				titleIsKept(p)
			})
		}
	}
}

// titleIsKept checks that the window has the title that it had before the screen: each
// one that was put aside was brought back.
func titleIsKept(p *tty.Process) {
	p.T.Helper()
	out := p.Output()
	kept, back := strings.Count(out, "\x1b[22;2t"), strings.Count(out, "\x1b[23;2t")
	if kept == 0 || kept != back || strings.LastIndex(out, "\x1b]2;") > strings.LastIndex(out, "\x1b[23;2t") {
		p.T.Errorf("the title was put aside %d times and brought back %d times", kept, back)
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
			p := tty.Start(t, false, nil, tty.Program(t), "--sandbox", "--latency", "none")
			toTestLink(p)
			for i := range len(s) {
				p.Send(s[i : i+1])
				time.Sleep(gap)
			}
			time.Sleep(terminal.Grace)
			text := p.When("open the test link")
			for _, wrong := range []string{"clean up first", "does nothing here", "Log", "Copied", "came before"} {
				if strings.Contains(text, wrong) && name != "ctrl+up" { // which is a key, and says so
					t.Errorf("it says %q:\n%s", wrong, text)
				}
			}
		})
	}
}
