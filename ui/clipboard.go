package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/term"

	"agentcore-3lo/internal/text"
)

// copyText hands the text to a clipboard tool and says which. Beside it the
// screen sends OSC 52, which not every terminal takes and none confirms.
func copyText(env func(string) string, text string) string {
	for _, tool := range clipboardTools(env) {
		path, err := exec.LookPath(tool[0])
		if err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		cmd := exec.CommandContext(ctx, path, tool[1:]...)
		cmd.Stdin = strings.NewReader(text)
		err = cmd.Run()
		cancel()
		if err == nil {
			return "Copied with " + tool[0] + "."
		}
	}
	return "Sent to the terminal's clipboard (OSC 52). If nothing arrives, u shows the bare link."
}

func clipboardTools(env func(string) string) [][]string {
	var tools [][]string
	if env("TMUX") != "" {
		tools = append(tools, []string{"tmux", "load-buffer", "-w", "-"})
	}
	remote := env("SSH_CONNECTION") != "" || env("SSH_TTY") != ""
	switch {
	case remote: // this machine's clipboard is not the person's
	case runtime.GOOS == "darwin":
		tools = append(tools, []string{"pbcopy"})
	case runtime.GOOS == "windows":
		tools = append(tools, []string{"clip"})
	case env("WSL_DISTRO_NAME") != "":
		tools = append(tools, []string{"clip.exe"})
	case env("WAYLAND_DISPLAY") != "":
		tools = append(tools, []string{"wl-copy"})
	case env("DISPLAY") != "":
		tools = append(tools, []string{"xclip", "-selection", "clipboard"}, []string{"xsel", "-ib"})
	}
	return tools
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
