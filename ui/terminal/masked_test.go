//go:build unix

package terminal

import (
	"io"
	"testing"

	"github.com/creack/pty"
)

// Some paste a secret as soon as its prompt is there, so echo is off before.
func TestTheEchoIsOffWhenThePromptOfASecretAppears(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer tty.Close()
	in := NewInput(tty)
	give, err := in.Turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer give()
	secret, err := in.Masked(t.Context(), func() {
		_, _ = io.WriteString(tty, "Secret: ")
		_, _ = io.WriteString(master, "WPL_AP1.pasted\n")
	})
	if err != nil || secret != "WPL_AP1.pasted" {
		t.Errorf("read %q, %v", secret, err)
	}
	_, _ = tty.Write([]byte{0}) // behind all that could be echoed
	shown := make([]byte, 256)
	n := 0
	for n == 0 || shown[n-1] != 0 {
		more, err := master.Read(shown[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += more
	}
	if got := string(shown[:n-1]); got != "Secret: " {
		t.Errorf("the terminal shows %q", got)
	}
}
