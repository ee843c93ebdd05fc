package terminal

import "testing"

// sequences are what terminals send beside characters, each in one piece.
var sequences = map[string]string{
	"up":                           "\x1b[A",
	"up, in application mode":      "\x1bOA",
	"keypad, modified":             "\x1bO5M",
	"page down":                    "\x1b[6~",
	"ctrl+up":                      "\x1b[1;5A",
	"shift+F3":                     "\x1b[13;2~",
	"F1 of the Linux console":      "\x1b[[A",
	"alt+up":                       "\x1b\x1b[A",
	"a key, kitty":                 "\x1b[113;1:1u",
	"a key's release, kitty":       "\x1b[120;1:3u",
	"a modified key, xterm":        "\x1b[27;5;113~",
	"a paste begins":               "\x1b[200~",
	"a paste ends":                 "\x1b[201~",
	"background colour, BEL":       "\x1b]11;rgb:1c1c/bd1d/fe0f\a",
	"foreground colour, ST":        "\x1b]10;rgb:cccc/dddd/ffff\x1b\\",
	"palette":                      "\x1b]4;1;rgb:ffff/0000/0000\x1b\\",
	"clipboard":                    "\x1b]52;c;cXh5\a",
	"mode report":                  "\x1b[?2026;2$y",
	"primary attributes":           "\x1b[?62;1;4;22c",
	"secondary attributes":         "\x1b[>41;372;0c",
	"tertiary attributes":          "\x1bP!|7E565445\x1b\\",
	"version":                      "\x1bP>|XTerm(372) qxyd\x1b\\",
	"termcap":                      "\x1bP1+r524742=38\x1b\\",
	"setting":                      "\x1bP1$r0m\x1b\\",
	"kitty flags":                  "\x1b[?1u",
	"kitty graphics":               "\x1b_Gi=31;OK\x1b\\",
	"cursor position":              "\x1b[12;40R",
	"window size":                  "\x1b[8;24;80t",
	"mouse, SGR":                   "\x1b[<0;33;12M",
	"mouse released, SGR":          "\x1b[<0;33;12m",
	"mouse, X10":                   "\x1b[M qx",
	"mouse, urxvt":                 "\x1b[32;33;12M",
	"focus":                        "\x1b[I",
	"focus lost":                   "\x1b[O",
	"a character of several bytes": "東",
}

// Each is unfinished until its last byte, whatever came before it.
func TestASequenceIsUnfinishedUntilItsLastByte(t *testing.T) {
	t.Parallel()
	for name, s := range sequences {
		for _, before := range []string{"", "q", "\x1b[B", "\x1b[200~text"} {
			for i := 1; i < len(s); i++ {
				if got := unfinished([]byte(before + s[:i])); got != i {
					t.Errorf("%s: of %q, %d bytes are unfinished", name, before+s[:i], got)
				}
			}
			if got := unfinished([]byte(before + s)); got != 0 {
				t.Errorf("%s: of the whole %q, %d bytes are unfinished", name, before+s, got)
			}
		}
	}
}

// What a sequence never looks like does not keep a key waiting.
func TestWhatIsNoSequenceIsFinished(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"q", "http://", "\r", "\x03", "\x1bq", "\x1bé", "\x1b[\x03", "\x1b[1\x1b[A", "\x1bPp", "\x1b]]", "\xff", "\x1b\x1bq"} {
		if got := unfinished([]byte(s)); got != 0 {
			t.Errorf("of %q, %d bytes are unfinished", s, got)
		}
	}
}
