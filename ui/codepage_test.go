package ui

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestOnlyAPipeInAnotherCodePageGetsASCII(t *testing.T) {
	for name, x := range map[string]struct {
		terminal bool
		codePage uint32
		want     bool
	}{
		"a pipe of PowerShell 5.1 in Germany":       {false, 850, true},
		"a pipe of PowerShell 5.1 in the USA":       {false, 437, true},
		"a pipe in Japan":                           {false, 932, true},
		"a pipe after chcp 65001":                   {false, 65001, false},
		"a pipe without a console, or Linux, macOS": {false, 0, false},
		"a console": {true, 850, false},
	} {
		if got := legacy(x.terminal, x.codePage); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestALineOfJSONIsASCIIAndSaysTheSame(t *testing.T) {
	for _, text := range []string{"plain", "Zoë ✓ → …", "日本語", "👩‍💻", "\x1b[2J\u009b\u202e\u2028\x7f", "<&>\"\\", "line\nbreak\ttab", "\u0000"} {
		var out bytes.Buffer
		writeLine(&out, "note", "r", map[string]any{"text": text, text: 1})
		for i, b := range out.Bytes() {
			if (b < ' ' || b > '~') && (b != '\n' || i != out.Len()-1) {
				t.Errorf("%q: byte %d of %q", text, i, out.String())
			}
		}
		var back map[string]any
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["text"] != text {
			t.Errorf("%q comes back as %q, %v", text, back["text"], err)
		}
	}
}
