package ndjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

func TestALineOfJSONIsASCIIAndSaysTheSame(t *testing.T) {
	for _, text := range []string{"plain", "Zoë ✓ → …", "日本語", "👩‍💻", "\x1b[2J\u009b\u202e\u2028\x7f", "<&>\"\\", "line\nbreak\ttab", "\u0000"} {
		var out bytes.Buffer
		Line(&out, "note", "r", map[string]any{"text": text, text: 1})
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

func TestJSONHasNothingThatATerminalObeysOrHides(t *testing.T) {
	var out bytes.Buffer
	odd := "a\u009bb\x7fc\u202ed\u200de\U000e0001f\n"
	Line(&out, "note", "r", map[string]any{"text": odd})
	line := strings.TrimSuffix(out.String(), "\n")
	for _, r := range line {
		if !unicode.IsGraphic(r) {
			t.Errorf("%U stands as it is: %q", r, line)
		}
	}
	var back struct{ Text string }
	if err := json.Unmarshal([]byte(line), &back); err != nil || back.Text != odd {
		t.Errorf("it reads back as %q (%v)", back.Text, err)
	}
}
