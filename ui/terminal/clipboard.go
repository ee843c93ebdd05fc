package terminal

import (
	"bytes"
	"context"
	"encoding/binary"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/atotto/clipboard"

	"agentcore-3lo/internal/desktop"
)

// Copy hands the text to each clipboard that is here and says which took it.
// Beside them the screen sends OSC 52, which not every terminal takes and none
// confirms.
func Copy(env func(string) string, text string) string {
	var took []string
	for _, c := range clipboards(env) {
		if slices.ContainsFunc(c.tools, func(tool []string) bool { return feed(tool, encoded(tool[0], text)) }) {
			took = append(took, c.name)
		}
	}
	if len(took) == 0 {
		return "Sent to the terminal's clipboard (OSC 52). If nothing arrives, u shows the bare link."
	}
	return "Copied to " + strings.Join(took, " and ") + "."
}

// copier is one place to copy to, and the tools that can, in order.
type copier struct {
	name  string
	tools [][]string
}

func clipboards(env func(string) string) []copier {
	var all []copier
	own := func(tools ...[]string) { all = append(all, copier{"the clipboard", tools}) }
	switch {
	case env("SSH_CONNECTION") != "" || env("SSH_TTY") != "": // this machine's clipboard is not the person's
	case runtime.GOOS == "darwin":
		own([]string{"pbcopy"})
	case runtime.GOOS == "windows":
		own([]string{"clip"})
	case desktop.WSL(env):
		own([]string{"clip.exe"})
	case env("WAYLAND_DISPLAY") != "":
		own([]string{"wl-copy"})
	case env("DISPLAY") != "":
		own([]string{"xclip", "-selection", "clipboard"}, []string{"xsel", "-ib"})
	}
	if env("TMUX") != "" { // -w passes it on to the terminal, where tmux is set to
		all = append(all, copier{"tmux's buffer", [][]string{{"tmux", "load-buffer", "-w", "-"}}})
	}
	return all
}

// encoded is the text as a tool reads it. Windows' clip takes UTF-16 in Intel's
// order, without a mark; anything else it reads in the code page of the console
// (pyperclip's copy_wsl does the same).
func encoded(tool, text string) []byte {
	if tool != "clip" && tool != "clip.exe" {
		return []byte(text)
	}
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// feed gives the text to a tool, and says whether it took it.
func feed(tool []string, text []byte) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool[0], tool[1:]...)
	cmd.Stdin = bytes.NewReader(text)
	detach(cmd) // xclip keeps serving the text: Ctrl-C must not end it
	return cmd.Run() == nil
}

// Paste reads the person's clipboard, for consoles whose Ctrl-V is a key. Far
// away it is not on this machine: only the terminal can read it then.
func Paste(env func(string) string) (text string, here bool) {
	if env("SSH_CONNECTION") != "" || env("SSH_TTY") != "" {
		return "", false
	}
	text, err := clipboard.ReadAll()
	return text, err == nil
}
