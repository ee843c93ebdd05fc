package text_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"agentcore-3lo/internal/text"
)

func TestAWriterLetsNothingThroughThatATerminalObeys(t *testing.T) {
	var out bytes.Buffer
	w := text.Writer(&out)
	for _, s := range []string{"\x1b]0;title\a", "a\x9bb", "\u202etxt.exe", "plain\n", "tab\tand\r\n", "\xff", "Zoë ✓\n"} {
		n, err := fmt.Fprint(w, s)
		if n != len(s) || err != nil {
			t.Errorf("%q: %d %v", s, n, err)
		}
	}
	if got, want := out.String(), "␛]0;title␇a�b<U+202E>txt.explain\ntab    and\n�Zoë ✓\n"; got != strings.Replace(want, "explain", "exeplain", 1) {
		t.Errorf("%q", got)
	}
}

func TestASCIIKeepsTheMeaningOfSigns(t *testing.T) {
	for in, want := range map[string]string{
		"✓ done → next …": "ok done -> next ...", "“Zoë”": `"Zo?"`, "┌─┐│•": "+-+|*", "plain\n": "plain\n", "日本": "??", "": "", "\xff": "?",
	} {
		if got := text.ASCII(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
