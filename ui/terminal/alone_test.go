package terminal

import (
	"bytes"
	"strings"
	"testing"

	"agentcore-3lo/internal/testkit/foreign"
)

// FuzzLoneText shows foreign text alone, as the bare link is.
func FuzzLoneText(f *testing.F) {
	for _, s := range foreign.Texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var out bytes.Buffer
		(&LoneText{Text: s, out: &out}).show()
		shown, _, _ := strings.Cut(strings.TrimPrefix(out.String(), cleared), "\r\n\r\nEnter")
		foreign.Neutral(t, shown)
	})
}
