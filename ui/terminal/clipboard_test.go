//go:build linux

package terminal

import (
	"os"
	"path/filepath"
	"testing"
)

// What is said of a copy is what really took it.
func TestACopySaysWhatTookIt(t *testing.T) {
	const osc = "Sent to the terminal's clipboard (OSC 52). If nothing arrives, u shows the bare link."
	for name, c := range map[string]struct {
		env       map[string]string
		has       []string // tools that work
		broken    []string // tools that fail
		said, got string   // and the tool that has the text
	}{
		"a desktop":                 {map[string]string{"DISPLAY": ":0"}, []string{"xclip"}, nil, "Copied to the clipboard.", "xclip"},
		"the first tool fails":      {map[string]string{"DISPLAY": ":0"}, []string{"xsel"}, []string{"xclip"}, "Copied to the clipboard.", "xsel"},
		"Wayland":                   {map[string]string{"WAYLAND_DISPLAY": "w"}, []string{"wl-copy", "xclip"}, nil, "Copied to the clipboard.", "wl-copy"},
		"Windows' Linux":            {map[string]string{"WSL_DISTRO_NAME": "Debian"}, []string{"clip.exe"}, nil, "Copied to the clipboard.", "clip.exe"},
		"tmux on a desktop":         {map[string]string{"DISPLAY": ":0", "TMUX": "x"}, []string{"xclip", "tmux"}, nil, "Copied to the clipboard and tmux's buffer.", "xclip"},
		"tmux far away":             {map[string]string{"DISPLAY": ":0", "TMUX": "x", "SSH_TTY": "x"}, []string{"xclip", "tmux"}, nil, "Copied to tmux's buffer.", "tmux"},
		"tmux that fails":           {map[string]string{"TMUX": "x"}, nil, []string{"tmux"}, osc, ""},
		"far away":                  {map[string]string{"DISPLAY": ":0", "SSH_TTY": "x"}, []string{"xclip"}, nil, osc, ""},
		"a desktop without a tool":  {map[string]string{"DISPLAY": ":0"}, nil, nil, osc, ""},
		"nothing but a terminal":    {nil, []string{"xclip", "tmux"}, nil, osc, ""},
		"a desktop whose tool fail": {map[string]string{"DISPLAY": ":0"}, nil, []string{"xclip", "xsel"}, osc, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			for _, tool := range c.has {
				d.opener(tool, `/bin/cat > "`+d.dir+`/text-`+tool+`"`)
			}
			for _, tool := range c.broken {
				d.opener(tool, "exit 1")
			}
			if said := Copy(func(name string) string { return c.env[name] }, anAddress); said != c.said {
				t.Errorf("it says %q, want %q", said, c.said)
			}
			if c.got == "" {
				return
			}
			if raw, _ := os.ReadFile(filepath.Join(d.dir, "text-"+c.got)); string(raw) != string(encoded(c.got, anAddress)) {
				t.Errorf("%s got %q", c.got, raw)
			}
		})
	}
}
