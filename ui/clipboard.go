package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/text"
)

// copyText hands the text to each clipboard that is here and says which took it.
// Beside them the screen sends OSC 52, which not every terminal takes and none
// confirms.
func copyText(env func(string) string, text string) string {
	var took []string
	for _, c := range clipboards(env) {
		if slices.ContainsFunc(c.tools, func(tool []string) bool { return feed(tool, text) }) {
			took = append(took, c.name)
		}
	}
	if len(took) == 0 {
		return "Sent to the terminal's clipboard (OSC 52). If nothing arrives, u shows the bare link."
	}
	return "Copied to " + strings.Join(took, " and ") + "."
}

// clipboard is one place to copy to, and the tools that can, in order.
type clipboard struct {
	name  string
	tools [][]string
}

func clipboards(env func(string) string) []clipboard {
	var all []clipboard
	own := func(tools ...[]string) { all = append(all, clipboard{"the clipboard", tools}) }
	switch {
	case env("SSH_CONNECTION") != "" || env("SSH_TTY") != "": // this machine's clipboard is not the person's
	case runtime.GOOS == "darwin":
		own([]string{"pbcopy"})
	case runtime.GOOS == "windows":
		own([]string{"clip"})
	case awsenv.WSL(env):
		own([]string{"clip.exe"})
	case env("WAYLAND_DISPLAY") != "":
		own([]string{"wl-copy"})
	case env("DISPLAY") != "":
		own([]string{"xclip", "-selection", "clipboard"}, []string{"xsel", "-ib"})
	}
	if env("TMUX") != "" { // -w passes it on to the terminal, where tmux is set to
		all = append(all, clipboard{"tmux's buffer", [][]string{{"tmux", "load-buffer", "-w", "-"}}})
	}
	return all
}

// feed gives the text to a tool, and says whether it took it.
func feed(tool []string, text string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool[0], tool[1:]...)
	cmd.Stdin = strings.NewReader(text)
	detach(cmd) // xclip keeps serving the text: Ctrl-C must not end it
	return cmd.Run() == nil
}

// bareScreen shows a text alone, outside the full screen, so that a mouse can
// select it in one piece.
type bareScreen struct {
	text string
	in   io.Reader
	out  io.Writer
}

func (b *bareScreen) SetStdin(r io.Reader)  { b.in = r }
func (b *bareScreen) SetStdout(w io.Writer) { b.out = w }
func (b *bareScreen) SetStderr(io.Writer)   {}

// Run waits for Enter, esc, q or Ctrl-C. Keys come one by one, and are not
// echoed.
func (b *bareScreen) Run() error {
	fmt.Fprintf(b.out, "\n%s\n\nEnter or esc goes back. ", text.CleanLine(b.text))
	defer fmt.Fprintln(b.out) // what comes after it begins a line
	if in, ok := b.in.(*os.File); ok {
		if state, err := term.MakeRaw(int(in.Fd())); err == nil {
			defer func() { _ = term.Restore(int(in.Fd()), state) }()
		}
	}
	one := make([]byte, 1)
	for {
		n, err := b.in.Read(one)
		if err != nil || n == 1 && strings.ContainsRune("\r\n\x1bq\x03", rune(one[0])) {
			return err
		}
	}
}
