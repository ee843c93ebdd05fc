//go:build unix

package screen

import (
	"os"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/terminal"
)

func TestMain(m *testing.M) {
	if os.Getenv(tty.Role) == "bomb" {
		s := newBareScreen()
		d := Display{In: terminal.NewInput(os.Stdin)}
		if err := d.present(tea.NewProgram(bomb{s}, tea.WithoutSignalHandler())); err != nil {
			os.Exit(steps.ExitFailed)
		}
		os.Exit(0)
	}
	tty.Main(m)
}

// bomb is the screen with a fault in it: the key ! panics.
type bomb struct{ *Screen }

func (b bomb) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok && key.String() == "!" {
		panic("a fault")
	}
	_, cmd := b.Screen.Update(msg)
	return b, cmd
}

// A fault in the program restores the terminal, and is told.
func TestAPanicRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	p := tty.Start(t, false, []string{tty.Role + "=bomb"}, tty.Self(t))
	p.When("Overview")
	p.Press("!")
	p.Finish(steps.ExitFailed)
	if text := p.Output(); !strings.Contains(text, "a fault") {
		t.Errorf("the panic is not told:\n%s", text)
	}
}
