package text

import "testing"

func TestCleanShowsWhatATerminalWouldObeyOrHide(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text", "Grüße, 東京 🎉\nline two", "Grüße, 東京 🎉\nline two"},
		{"tab", "a\tb", "a    b"},
		{"CSI colour", "\x1b[31mred\x1b[0m", "␛[31mred␛[0m"},
		{"OSC 8 link", "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07", "␛]8;;https://evil.example␇click␛]8;;␇"},
		{"OSC 52 clipboard", "\x1b]52;c;cm0gLXJm\x1b\\", "␛]52;c;cm0gLXJm␛\\"},
		{"C1 CSI", "\u009b31mred", "<U+009B>31mred"},
		{"raw C1 byte", "\x9b31m", "�31m"},
		{"carriage return overwrites", "safe\revil", "safe␍evil"},
		{"Windows line end", "a\r\nb", "a\nb"},
		{"backspace and delete", "a\bb\x7f", "a␈b␡"},
		{"bell and NUL", "\a\x00", "␇␀"},
		{"right-to-left override", "gnp\u202etxt.exe", "gnp<U+202E>txt.exe"},
		{"isolates", "\u2066a\u2069", "<U+2066>a<U+2069>"},
		{"marks", "\u200e\u200f\u061c", "<U+200E><U+200F><U+061C>"},
		{"zero width", "a\u200bb\u200dc\ufeffd\u2060e", "a<U+200B>b<U+200D>c<U+FEFF>d<U+2060>e"},
		{"soft hyphen", "pay\u00adpal", "pay<U+00AD>pal"},
		{"tag characters", "a\U000e0041", "a<U+E0041>"},
		{"Hangul filler", "a\u3164b", "a<U+3164>b"},
		{"line and paragraph separators", "a\u2028b\u2029c", "a<U+2028>b<U+2029>c"},
		{"private use", "\ue000", "<U+E000>"},
		{"invalid UTF-8", "a\xff\xfeb", "a��b"},
		{"emoji presentation stays", "✔\ufe0f", "✔\ufe0f"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Clean(c.in); got != c.want {
				t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestCleanLineStaysOnOneLine(t *testing.T) {
	if got := CleanLine("a\nb\r\nc\td"); got != "a b c    d" {
		t.Errorf("got %q", got)
	}
}
